using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Hosting;

/// <summary>
/// What one HTTP/2 connection may take. A mesh or proxy puts many clients on one, so nothing that one of them does may be held against the others:
/// what is too slow or too large ends its stream. Beyond these Kestrel itself ends a connection that resets or opens streams faster than they can be
/// served (CVE-2023-44487), or that sends a block of headers without an end.
/// </summary>
internal static class Http2Bounds
{
    /// <summary>Calls at a time on a connection; what RFC 9113 §6.5.2 recommends at least. Proxies open a second connection beyond.</summary>
    public const int Streams = 100;

    /// <summary>Bytes of a body that may arrive before they are read: 25 MB a second at 10 ms.</summary>
    public const int StreamWindow = 256 * 1024;

    public static void Apply(KestrelServerOptions kestrel)
    {
        var http2 = kestrel.Limits.Http2;
        http2.MaxStreamsPerConnection = Streams;
        http2.InitialStreamWindowSize = StreamWindow;

        // Room for all streams, so that bodies that nobody reads yet keep no other from arriving, who would then be called too slow. A connection may
        // so take 25 MiB, a quarter of what as many connections of HTTP/1.1 may.
        http2.InitialConnectionWindowSize = Streams * StreamWindow;

        // All headers of a request together are bounded as in HTTP/1.1; the tables and frames are the smallest that every client must be able to use.
        http2.MaxRequestHeaderFieldSize = 32 * 1024;
        http2.HeaderTableSize = 4096;
        http2.MaxFrameSize = 16 * 1024;

        // A peer that is gone, or no longer reads what it is sent, is noticed though a call waits for it.
        http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);

        // Proxies that end TLS tell the scheme their client used, which is not the one of this connection.
        kestrel.AllowAlternateSchemes = true;
    }
}
