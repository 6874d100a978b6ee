using System.Net;
using System.Text;
using Gateway.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Gateway.Hosting;

/// <summary>Sets up the two servers and what they listen on.</summary>
internal static class Listeners
{
    /// <summary>Registers Kestrel twice as one server: for the public listener and for the admin listener.</summary>
    public static void AddListeners(this WebApplicationBuilder builder, ServerSettings server)
    {
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, server.Urls, server.Http2Urls, isAdmin: false));
        var open = builder.Services.Last(service => service.ServiceType == typeof(IServer)).ImplementationType!;
        builder.Services.AddSingleton<ListenerAddresses>();
        builder.Services.AddSingleton<IServer>(services => new Servers(
            (IServer)ActivatorUtilities.CreateInstance(services, open), Admin(services, server), services.GetRequiredService<ListenerAddresses>(),
            server, services.GetRequiredService<TimeProvider>()));
    }

    private static KestrelServer Admin(IServiceProvider services, ServerSettings server)
    {
        var kestrel = new KestrelServerOptions { ApplicationServices = services };
        Configure(kestrel, server.AdminUrls, [], isAdmin: true);
        return new KestrelServer(
            Options.Create(kestrel), services.GetRequiredService<IConnectionListenerFactory>(), services.GetRequiredService<ILoggerFactory>());
    }

    private static void Configure(KestrelServerOptions kestrel, IEnumerable<string> urls, IEnumerable<string> http2Urls, bool isAdmin)
    {
        kestrel.AddServerHeader = false;

        // HttpClient reads header values as Latin-1: a file name in raw UTF-8 that an upstream sends leaves as the bytes it came as. What is not
        // neither about the content (Content-*, Last-Modified) nor about other origins (Access-Control-*) is ASCII. Asked twice for every header of
        // every answer, so by the first letter.
        kestrel.ResponseHeaderEncodingSelector = static name => name is ['A' or 'C' or 'L' or 'a' or 'c' or 'l', ..] ? Encoding.Latin1 : null;
        kestrel.Limits.MaxRequestHeadersTotalSize = 64 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 100;
        kestrel.Limits.MaxRequestLineSize = 8 * 1024;

        // Reading a download goes on while what was read before is being sent.
        kestrel.Limits.MaxResponseBufferSize = 128 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);

        // How fast bodies must arrive is watched by Api.ClientBody.
        kestrel.Limits.MinRequestBodyDataRate = null;
        Http2Bounds.Apply(kestrel);
        if (!isAdmin)
        {
            kestrel.Limits.MinResponseDataRate = Api.ResponsePace.OfConnections;
        }

        foreach (var url in urls)
        {
            var address = BindingAddress.Parse(url);
            var isSecure = address.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase);
            Listen(kestrel, address, isAdmin, isSecure ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1);
        }

        foreach (var url in http2Urls)
        {
            Listen(kestrel, BindingAddress.Parse(url), isAdmin, HttpProtocols.Http2);
        }
    }

    private static void Listen(KestrelServerOptions kestrel, BindingAddress address, bool isAdmin, HttpProtocols protocols)
    {
        var isReachable = !Exposure.IsLocal(address.ToString());
        if (address.IsUnixPipe)
        {
            kestrel.ListenUnixSocket(address.UnixPipePath, Marked(isLoopback: false));
        }
        else if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
        {
            kestrel.Listen(ip, address.Port, Marked(IPAddress.IsLoopback(ip)));
        }
        else if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) && address.Port != 0)
        {
            kestrel.ListenLocalhost(address.Port, Marked(isLoopback: true));
        }
        else if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            kestrel.Listen(IPAddress.Loopback, 0, Marked(isLoopback: true));
        }
        else
        {
            // "*" or "+"; settings refuse any other name.
            kestrel.ListenAnyIP(address.Port, Marked(isLoopback: false));
        }

        Action<ListenOptions> Marked(bool isLoopback)
        {
            var listener = new Listener(isAdmin, isLoopback, isReachable);
            return options =>
            {
                options.Protocols = protocols;
                options.Use(next => connection =>
                {
                    listener.Mark(connection.Items);
                    return next(connection);
                });
                if (protocols == HttpProtocols.Http1AndHttp2)
                {
                    kestrel.ApplicationServices.GetRequiredService<ServerTls>().Use(options);
                }
            };
        }
    }
}
