using System.Net;
using System.Text;
using Gateway.Settings;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Hosting;

/// <summary>
/// Two listeners, one server. Which one a request came through is a property of its connection, so no header can pretend to be on the admin side.
/// </summary>
internal static class Listeners
{
    private static readonly object s_admin = new();

    public static void Configure(KestrelServerOptions kestrel, ServerSettings server)
    {
        kestrel.AddServerHeader = false;

        // HttpClient reads header values as Latin-1: a file name in raw UTF-8 that an upstream sends leaves as the bytes it came as. What is not
        // neither about the content (Content-*, Last-Modified) nor about other origins (Access-Control-*) is ASCII. Asked twice for every header of every
        // answer, so by the first letter.
        kestrel.ResponseHeaderEncodingSelector = static name => name is ['A' or 'C' or 'L' or 'a' or 'c' or 'l', ..] ? Encoding.Latin1 : null;
        kestrel.Limits.MaxRequestHeadersTotalSize = 64 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 100;
        kestrel.Limits.MaxRequestLineSize = 8 * 1024;

        // Reading a download goes on while what was read before is being sent.
        kestrel.Limits.MaxResponseBufferSize = 128 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        foreach (var url in server.Urls)
        {
            Listen(kestrel, url, _ => { });
        }

        foreach (var url in server.AdminUrls)
        {
            Listen(kestrel, url, options => options.Use(next => connection =>
            {
                connection.Items[s_admin] = s_admin;
                return next(connection);
            }));
        }
    }

    /// <summary>Whether the request came through the admin listener.</summary>
    public static bool IsAdmin(HttpContext http) =>
        http.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(s_admin) == true;

    private static void Listen(KestrelServerOptions kestrel, string url, Action<ListenOptions> configure)
    {
        var address = BindingAddress.Parse(url);
        if (address.IsUnixPipe)
        {
            kestrel.ListenUnixSocket(address.UnixPipePath, configure);
        }
        else if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
        {
            kestrel.Listen(ip, address.Port, configure);
        }
        else if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) && address.Port != 0)
        {
            kestrel.ListenLocalhost(address.Port, configure);
        }
        else if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            kestrel.Listen(IPAddress.Loopback, 0, configure);
        }
        else
        {
            kestrel.ListenAnyIP(address.Port, configure);
        }
    }
}
