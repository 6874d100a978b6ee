namespace Gateway.Providers.Contract;

/// <summary>An answer that was being read as it arrived has ended before its time; carries what to answer if nothing has been answered yet.</summary>
public sealed class UpstreamBrokenException(GatewayError error, Exception? inner = null) : IOException(error?.Message, inner)
{
    /// <summary>What to answer.</summary>
    public GatewayError Error { get; } = error!;
}
