using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Transforms;

namespace Gateway.Benchmarks;

/// <summary>The processes beside the gateway.</summary>
internal static class Roles
{
    /// <summary>Size of the big file, in bytes.</summary>
    public const long BigFile = 1L << 30;

    /// <summary>
    /// How long an upstream takes for a list that is asked for <c>as=neighbour</c>: one next door that has to look its containers up.
    /// </summary>
    public static readonly TimeSpan ListDelay = TimeSpan.FromMilliseconds(5);

    /// <summary>Accounts a gateway may have here: <c>sk-bench-0</c> and so on.</summary>
    public const int MaxAccounts = 16;

    private const string Container =
        """{"id":"#","object":"container","created_at":1770000000,"status":"running","expires_after":"""
        + """{"anchor":"last_active_at","minutes":20},"last_active_at":1770000000,"memory_limit":"1g","name":"bench"}""";

    private const string File =
        """{"id":"cfile_1","object":"container.file","bytes":1,"container_id":"cntr_1","created_at":1,"path":"/mnt/data/a","source":"user"}""";

    private static long s_firstByteAt;

    /// <summary>
    /// Answers retrieves from memory, swallows uploads, produces downloads; `/first-byte` says when the last upload's first byte came.
    /// </summary>
    public static async Task<int> UpstreamAsync(int port)
    {
        var file = System.Text.Encoding.UTF8.GetBytes(File);
        var block = new byte[64 * 1024];
        Random.Shared.NextBytes(block);
        await using var app = Server(port);
        var list = System.Text.Encoding.UTF8.GetBytes(ListOf(20));
        app.MapGet("/v1/containers", async http =>
        {
            switch (http.Request.Query["as"])
            {
                case "memory":
                    await JsonAsync(http, list);
                    break;
                case "neighbour":
                    await Task.Delay(ListDelay);
                    await JsonAsync(http, list);
                    break;
                default:
                    await SlowLists.AnswerAsync(http);
                    break;
            }
        });
        app.MapGet("/v1/containers/{id}", (HttpContext http, string id) =>
            JsonAsync(http, System.Text.Encoding.UTF8.GetBytes(Container.Replace("#", id, StringComparison.Ordinal))));
        app.MapPost("/v1/containers/{id}/files", async http =>
        {
            var buffer = new byte[64 * 1024];
            var first = await http.Request.Body.ReadAsync(buffer);
            Interlocked.Exchange(ref s_firstByteAt, first > 0 ? Environment.TickCount64 : 0);
            while (await http.Request.Body.ReadAsync(buffer) > 0)
            {
            }

            await JsonAsync(http, file);
        });
        app.MapGet("/v1/containers/{id}/files/{file}/content", async http =>
        {
            http.Response.ContentLength = BigFile;
            http.Response.ContentType = "application/octet-stream";
            for (var sent = 0L; sent < BigFile; sent += block.Length)
            {
                await http.Response.Body.WriteAsync(block);
            }
        });
        app.MapPost("/otlp/v1/{signal}", async http =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null);
            http.Response.ContentType = "application/x-protobuf";
        });
        app.MapGet("/first-byte", http => http.Response.WriteAsync(Interlocked.Read(ref s_firstByteAt).ToString(CultureInfo.InvariantCulture)));
        await app.RunAsync();
        return 0;
    }

    /// <summary>The yardstick: one YARP route with a path match and a bearer, nothing else.</summary>
    public static async Task<int> BareYarpAsync(int port, string upstream)
    {
        var destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = upstream } };
        await using var app = Server(port, builder => builder.Services.AddReverseProxy()
            .LoadFromMemory(
                [new RouteConfig { RouteId = "containers", ClusterId = "openai", Match = new RouteMatch { Path = "/v1/containers/{**rest}" } }],
                [new ClusterConfig { ClusterId = "openai", Destinations = destinations }])
            .AddTransforms(context => context.AddRequestHeader("Authorization", "Bearer sk-bench", append: false)));
        app.MapGet("/allocated", http => http.Response.WriteAsync(GC.GetTotalAllocatedBytes().ToString(CultureInfo.InvariantCulture)));
        app.MapReverseProxy();
        await app.RunAsync();
        return 0;
    }

    /// <summary>The other yardstick: an endpoint that writes the bytes of a file from memory.</summary>
    public static async Task<int> BytesAsync(int port, string file)
    {
        var bytes = await System.IO.File.ReadAllBytesAsync(file);
        await using var app = Server(port);
        app.MapGet("/v1/containers", http => JsonAsync(http, bytes));
        await app.RunAsync();
        return 0;
    }

    /// <summary>
    /// The least that can stand between a client and an engine: one connection after the other, bytes from one socket to the other, 64 KiB at a time.
    /// </summary>
    public static async Task<int> RelayAsync(int port, string socketPath)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen();
        while (true)
        {
            using var client = await listener.AcceptAsync();
            using var engine = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await engine.ConnectAsync(new UnixDomainSocketEndPoint(socketPath));
            await Task.WhenAll(PumpAsync(client, engine), PumpAsync(engine, client));
        }
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);
        while (await from.ReceiveAsync(buffer) is > 0 and var read)
        {
            await to.SendAsync(buffer.AsMemory(0, read));
        }

        // Closed while a read waits, a socket would cut off what it has not sent yet.
        to.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Containers of today, which a cache may keep for a while.</summary>
    private static string ListOf(int count)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var expiry = $$"""
            "expires_after":{"anchor":"last_active_at","minutes":2000},"last_active_at":{{now}},"memory_limit":"1g"
            """;
        var items = Enumerable.Range(0, count).Select(i =>
            $$"""{"id":"cntr_{{i:x32}}","object":"container","created_at":{{now - i}},"status":"running",{{expiry}},"name":"bench-{{i}}"}""");
        var bounds = $"\"first_id\":\"cntr_{0:x32}\",\"last_id\":\"cntr_{count - 1:x32}\"";
        return $$"""{"object":"list","data":[{{string.Join(',', items)}}],{{bounds}},"has_more":true}""";
    }

    private static WebApplication Server(int port, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        builder.Services.AddRouting();
        configure?.Invoke(builder);
        return builder.Build();
    }

    public static Task JsonAsync(HttpContext http, byte[] body)
    {
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        return http.Response.Body.WriteAsync(body).AsTask();
    }
}
