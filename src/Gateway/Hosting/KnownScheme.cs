using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Hosting;

/// <summary>
/// Requests whose scheme is one of two, before anything looks at them. Over HTTP/2 a client may say what it likes, and the server's metrics and spans
/// take it for a label; to the gateway it means nothing.
/// </summary>
internal sealed class KnownScheme<TContext>(IHttpApplication<TContext> inner) : IHttpApplication<TContext>
    where TContext : notnull
{
    public TContext CreateContext(IFeatureCollection contextFeatures)
    {
        if (contextFeatures.Get<IHttpRequestFeature>() is { Scheme: not ("http" or "https") } request)
        {
            request.Scheme = Uri.UriSchemeHttp;
        }

        return inner.CreateContext(contextFeatures);
    }

    public Task ProcessRequestAsync(TContext context) => inner.ProcessRequestAsync(context);

    public void DisposeContext(TContext context, Exception? exception) => inner.DisposeContext(context, exception);
}
