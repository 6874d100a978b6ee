using System.IO.Pipelines;

namespace Gateway.Api;

/// <summary>Ends a wait for a client's bytes.</summary>
internal static class PendingRead
{
    /// <summary>
    /// Ends the pending read of a request's body, if there is one. Once Kestrel has ended the request (a stream that was reset, a connection that is
    /// gone) its reader throws the reason here, too, where nobody could catch it: in a timer, or in what a cancelled token calls. Its read has ended
    /// by itself then.
    /// </summary>
    public static void Cancel(PipeReader reader)
    {
        try
        {
            reader.CancelPendingRead();
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or InvalidOperationException)
        {
            // Nothing is pending any longer.
        }
    }
}
