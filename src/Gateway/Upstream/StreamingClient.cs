namespace Gateway.Upstream;

/// <summary>
/// The client's own request and response, which only <see cref="UpstreamSender"/> opens: to stream a body to the upstream or from it.
/// </summary>
internal sealed class StreamingClient(HttpContext http)
{
    /// <summary>The request with its response.</summary>
    public HttpContext Http => http;
}
