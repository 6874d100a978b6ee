using System.Net;
using Gateway.Fakes;
using Gateway.Settings;
using Microsoft.Extensions.Logging;

namespace Gateway.Scenarios.Http2;

/// <summary>Gateways that listen for HTTP/2 without TLS, and clients that speak nothing else.</summary>
internal static class Http2World
{
    public static Task<RunningGateway> StartAsync(
        ProviderSettings provider, Func<GatewaySettings, GatewaySettings>? change = null, ILoggerProvider? logs = null, TimeProvider? time = null)
    {
        var settings = TestSettings.Of(provider);
        settings = settings with { Server = settings.Server with { Http2Urls = ["http://127.0.0.1:0"] } };
        return RunningGateway.StartAsync(change is null ? settings : change(settings), logs, time: time);
    }

    public static HttpClient Client(string url) => new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = new Uri(url), DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact, Timeout = Until.Hung,
    };
}
