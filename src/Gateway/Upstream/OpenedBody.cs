using Gateway.Providers.Contract;
using Gateway.Surface;

namespace Gateway.Upstream;

/// <summary>
/// An upstream's body while a recipe reads it. It bounds the silence between two pieces, tells a broken answer from a complete one, and gives the
/// connection back when it is disposed.
/// </summary>
internal sealed class OpenedBody(Stream inner, HttpResponseMessage response, TimeSpan silence, TimeProvider time) : ReadOnlyStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var silent = new CancellationTokenSource(silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silent.Token, cancellationToken);
        try
        {
            return await inner.ReadAsync(buffer, either.Token);
        }
        catch (OperationCanceledException exception) when (silent.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new UpstreamBrokenException(HopFault.TimedOut(silence).Error, exception);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or InvalidDataException)
        {
            throw new UpstreamBrokenException(HopFault.Broken.Error, exception);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            response.Dispose();
        }

        base.Dispose(disposing);
    }
}
