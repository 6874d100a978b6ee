using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Upstream;

/// <summary>
/// A client as files are streamed from it and to it: from its request to an upstream, and from there into its response. YARP's forwarder works on
/// both, so this, and the transformer that the forwarder calls, are the only ones below the API that know them. One attempt uses it at a time.
/// </summary>
internal sealed class StreamingClient(HttpContext http)
{
    /// <summary>Whether the response has begun, so that no other can be given.</summary>
    public bool HasStarted => http.Response.HasStarted;

    /// <summary>Status of the response.</summary>
    public int Status => http.Response.StatusCode;

    /// <summary>Forwards, with this body or none.</summary>
    /// <returns>How it ended, and what broke it.</returns>
    public async ValueTask<(ForwarderError Error, Exception? Exception)> ForwardAsync(
        IHttpForwarder forwarder, UploadBody? upload, string address, HttpMessageInvoker invoker, ForwarderRequestConfig config,
        HttpTransformer transformer, CancellationToken cancellationToken)
    {
        var original = http.Request.Body;
        if (upload is null)
        {
            // What a client sends along with a download means nothing, and the forwarder would pass it on.
            http.Features.Set<IHttpRequestBodyDetectionFeature>(NoBody.Instance);
        }
        else
        {
            // The forwarder takes the body from the request.
            http.Request.Body = upload;
        }

        try
        {
            var error = await forwarder.SendAsync(http, address, invoker, config, transformer, cancellationToken);
            return (error, http.Features.Get<IForwarderErrorFeature>()?.Exception);
        }
        finally
        {
            if (upload is not null)
            {
                http.Request.Body = original;
            }
        }
    }

    /// <summary>Takes back what the forwarder wrote into the response, so that another attempt, or the error writer, finds it empty.</summary>
    public void Undo()
    {
        if (!http.Response.HasStarted)
        {
            http.Response.Clear();
        }

        http.Features.Set<IForwarderErrorFeature>(null);
    }

    private sealed class NoBody : IHttpRequestBodyDetectionFeature
    {
        public static readonly NoBody Instance = new();

        public bool CanHaveBody => false;
    }
}
