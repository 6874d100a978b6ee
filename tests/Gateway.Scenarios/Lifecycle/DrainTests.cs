using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Gateway.Fakes;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Scenarios.Lifecycle;

/// <summary>SIGTERM: no new connections, what is in flight finishes, then exit 0.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task An_upload_and_a_download_in_flight_finish_after_sigterm()
    {
        var release = new TaskCompletionSource();
        var uploading = new TaskCompletionSource();
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            if (http.Request.Method == "POST")
            {
                var buffer = new byte[8192];
                var total = 0L;
                int read;
                while ((read = await http.Request.Body.ReadAsync(buffer)) > 0)
                {
                    total += read;
                    uploading.TrySetResult();
                }

                await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(http.Response, $$"""{"id":"cfile_1","bytes":{{total}}}""");
                return;
            }

            http.Response.ContentLength = 200_000;
            await http.Response.Body.WriteAsync(new byte[100_000]);
            await http.Response.Body.FlushAsync();
            await release.Task;
            await http.Response.Body.WriteAsync(new byte[100_000]);
        });
        var directory = Directory.CreateTempSubdirectory("gateway-drain-").FullName;
        await using var gateway = await GatewayProcess.StartAsync(
            directory,
            $$"""
            {
              "server": { "urls": "http://127.0.0.1:0", "admin_urls": "http://127.0.0.1:0", "drain_timeout_seconds": 300 },
              "default_provider": "openai", "drop_in_provider": "openai",
              "providers": { "openai": {
                "keys": [ { "name": "k", "value": "env.TEST_KEY", "weight": 1 } ], "network_config": { "base_url": "{{upstream.Url}}" } } }
            }
            """,
            ("TEST_KEY", "sk-upstream"));
        using var http = new HttpClient { BaseAddress = new Uri(gateway.Url) };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(gateway.AdminUrl + "/readyz")).StatusCode);

        var download = await http.GetAsync("/v1/containers/cntr_1/files/cfile_1/content", HttpCompletionOption.ResponseHeadersRead);
        using var gate = new GatedContent(300_000, release.Task);
        using var form = new MultipartFormDataContent { { gate, "file", "a.bin" } };
        var upload = http.PostAsync("/v1/containers/cntr_1/files", form);
        await uploading.Task.WaitAsync(Until.Hung);

        gateway.Terminate();
        await gateway.WaitForAsync(line => line.Contains("[1102]", StringComparison.Ordinal));
        release.SetResult();

        Assert.Equal(200_000, (await download.Content.ReadAsByteArrayAsync()).Length);
        using var answer = await upload;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(JsonDocument.Parse(text).RootElement.GetProperty("bytes").GetInt64() > 300_000);
        await gateway.WaitForExitAsync(Until.Hung);
        Assert.Equal(0, gateway.ExitCode);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Both_listeners_serve_on_until_the_pause_is_over_and_the_admin_one_until_the_drain_is()
    {
        var release = new TaskCompletionSource();
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            if (!http.Request.Path.Value!.EndsWith("/content", StringComparison.Ordinal))
            {
                await http.Response.Body.WriteAsync("""{"object":"list","data":[]}"""u8.ToArray());
                return;
            }

            http.Response.ContentLength = 2;
            await http.Response.Body.WriteAsync(new byte[1]);
            await http.Response.Body.FlushAsync();
            await release.Task;
            await http.Response.Body.WriteAsync(new byte[1]);
        });
        var time = new FakeTimeProvider();
        var settings = TestSettings.Of(TestSettings.OpenAI(upstream.Url));
        await using var gateway = await RunningGateway.StartAsync(
            settings with { Server = settings.Server with { DrainDelay = TimeSpan.FromSeconds(5), DrainTimeout = Until.Hung } }, time: time);
        using var probe = new HttpClient { BaseAddress = new Uri(gateway.AdminUrl) };
        Assert.Equal(HttpStatusCode.OK, (await probe.GetAsync("/readyz")).StatusCode);
        var download = await gateway.Client.GetAsync("/v1/containers/c/files/f/content", HttpCompletionOption.ResponseHeadersRead);

        var stop = gateway.StopAsync();
        await DrainingAsync(probe);
        using (var late = new HttpClient { BaseAddress = new Uri(gateway.Url) })
        {
            using var answer = await late.GetAsync("/v1/containers");
            Assert.Equal((HttpStatusCode.OK, true), (answer.StatusCode, answer.Headers.ConnectionClose));
        }

        time.Advance(TimeSpan.FromSeconds(5));
        await Until.TrueAsync(() => IsRefusedAsync(new Uri(gateway.Url)), "The public listener stays open.");
        await DrainingAsync(probe);
        Assert.Equal(HttpStatusCode.OK, (await probe.GetAsync("/livez")).StatusCode);
        Assert.False(stop.IsCompleted);

        release.SetResult();
        Assert.Equal(2, (await download.Content.ReadAsByteArrayAsync()).Length);
        await stop.WaitAsync(Until.Hung);
        Assert.True(await IsRefusedAsync(new Uri(gateway.AdminUrl)));
    }

    private static async Task DrainingAsync(HttpClient probe)
    {
        using var answer = await probe.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("\"status\":\"draining\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<bool> IsRefusedAsync(Uri url)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(url.Host, url.Port);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    /// <summary>Half of the bytes, then the rest once the gate opens.</summary>
    private sealed class GatedContent(int length, Task gate) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[length / 2]);
            await stream.FlushAsync();
            await gate;
            await stream.WriteAsync(new byte[length - (length / 2)]);
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }
    }
}
