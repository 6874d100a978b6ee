using System.Net;
using Gateway.Fakes;
using Gateway.Scenarios.Hostile;
using Gateway.Scenarios.Telemetry;
using Gateway.Scenarios.Tls;
using Xunit;

namespace Gateway.Scenarios.Http2;

/// <summary>The API over HTTP/2, with TLS and without, as over HTTP/1.1.</summary>
public sealed class Http2CallTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nine_operations_work_over_http2_with_real_uploads_and_downloads(bool secure)
    {
        using var world = new TlsWorld();
        using var pair = world.Authority.ForServer();
        world.WritePair(pair);
        using var logs = new Logs();
        await using var gateway = await RunningGateway.StartAsync(await world.SettingsAsync(), logs);
        using var http = world.Client(secure ? gateway.Url : gateway.Http2Url);
        var bytes = new byte[3_000_000];
        Random.Shared.NextBytes(bytes);

        foreach (var root in new[] { "/v1", "/openai/v1" })
        {
            using var created = await http.SendAsync(HttpMethod.Post, $"{root}/containers", """{"name":"box"}""");
            Assert.Equal(HttpVersion.Version20, created.Version);
            var id = created.Ok().Id();
            var file = (await http.UploadAsync(id, bytes)).Text("id");
            Assert.Equal(bytes, await http.DownloadAsync(id, file));
            using var part = await http.SendAsync(
                HttpMethod.Get, $"{root}/containers/{id}/files/{file}/content", null, ("Range", "bytes=1000000-1999999"));
            Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
            Assert.Equal(bytes[1_000_000..2_000_000], await part.Content.ReadAsByteArrayAsync());
            using var head = await http.SendAsync(HttpMethod.Head, $"{root}/containers/{id}/files/{file}/content");
            Assert.Equal(bytes.Length, head.Content.Headers.ContentLength);
            Assert.Contains(id, (await http.ReadAsync($"{root}/containers?limit=100")).Data("id"));
            Assert.Equal(id, (await http.ReadAsync($"{root}/containers/{id}")).Id());
            Assert.Equal([file], (await http.FilesAsync(id)).Data("id"));
            Assert.Equal(file, (await http.ReadAsync($"{root}/containers/{id}/files/{file}")).Id());
            (await http.DeleteAsync($"{root}/containers/{id}/files/{file}")).Ok();
            (await http.DeleteAsync($"{root}/containers/{id}")).Ok();
            Assert.Equal(404, (await http.GetAsync($"{root}/containers/{id}")).Refused().Status);
        }

        Assert.DoesNotContain(logs.Lines, line => line.Contains("invalid for HTTP/2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Curl_with_prior_knowledge_and_over_tls_uploads_downloads_and_reads_a_refusal()
    {
        using var world = new TlsWorld();
        using var pair = world.Authority.ForServer();
        world.WritePair(pair);
        await File.WriteAllTextAsync(world.Path("ca.pem"), world.Authority.RootPem);
        var bytes = new byte[1_500_000];
        Random.Shared.NextBytes(bytes);
        await File.WriteAllBytesAsync(world.Path("a.bin"), bytes);
        var settings = await world.SettingsAsync();
        await using var gateway = await RunningGateway.StartAsync(
            settings with { Client = settings.Client with { MaxFileBytes = 2_000_000, MaxRequestBodyBytes = 64 * 1024 } });
        foreach (var (url, how) in new[] { (gateway.Http2Url, "--http2-prior-knowledge"), (gateway.Url, "--http2") })
        {
            var id = ApiCalls.Id(await CurlAsync(how, "-H", "Content-Type: application/json", "-d", """{"name":"c"}""", $"{url}/v1/containers"));
            var file = ApiCalls.Id(await CurlAsync(how, "-F", $"file=@{world.Path("a.bin")}", $"{url}/v1/containers/{id}/files"));
            await CurlAsync(how, "-o", world.Path("b.bin"), $"{url}/v1/containers/{id}/files/{file}/content");
            Assert.Equal(bytes, await File.ReadAllBytesAsync(world.Path("b.bin")));

            // Refused while it still sends: the answer is read in full.
            await File.WriteAllBytesAsync(world.Path("large.bin"), new byte[20_000_000]);
            var refused = await CurlAsync(how, "-F", $"file=@{world.Path("large.bin")}", $"{url}/v1/containers/{id}/files");
            Assert.Contains("request_too_large", refused, StringComparison.Ordinal);
            Assert.EndsWith(" 413 2", refused, StringComparison.Ordinal);
        }

        async Task<string> CurlAsync(string how, params string[] arguments)
        {
            var write = arguments.Contains("-o") || !arguments.Any(argument => argument.Contains("large", StringComparison.Ordinal))
                ? "" : " %{http_code} %{http_version}";
            var (code, output) = await Tool.RunAsync(
                "curl", null, ["-s", how, "--cacert", world.Path("ca.pem"), "-w", write, .. arguments]);
            Assert.True(code == 0, $"{code} {output}");
            return output;
        }
    }

    [Fact]
    public async Task Body_that_is_too_large_is_refused_while_it_is_sent_and_other_streams_go_on()
    {
        await using var upstream = await FakeOpenAI.StartAsync("sk-upstream");
        await using var gateway = await Http2World.StartAsync(
            TestSettings.OpenAI(upstream.Url), settings => settings with { Client = settings.Client with { MaxFileBytes = 1 << 20 } });
        using var http = Http2World.Client(gateway.Http2Url);
        var id = await http.CreateAsync();
        for (var i = 0; i < 3; i++)
        {
            var others = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => http.GetAsync($"/v1/containers/{id}")));
            var refused = (await http.SendUploadAsync(id, new ByteArrayContent(new byte[30 << 20]))).Refused();
            Assert.Equal((413, "request_too_large"), (refused.Status, refused.Code));
            Assert.All(await others, answer => answer.Ok());
        }
    }

    [Fact]
    public async Task Scheme_that_a_proxy_tells_is_taken_and_any_other_text_becomes_no_label()
    {
        await using var gateway = await Http2World.StartAsync(TestSettings.Local());
        await using var client = await FrameClient.ConnectAsync(gateway.Http2Url);
        foreach (var (stream, scheme) in new[] { (1, "https"), (3, "gopher"), (5, "http") })
        {
            await client.SendAsync(FrameClient.Headers, FrameClient.End | FrameClient.EndHeaders, stream, FrameClient.Block(
                (":method", "GET"), (":path", "/v1/containers"), (":scheme", scheme), (":authority", "localhost")));
            Assert.Equal(200, await client.StatusAsync(stream));
        }

        using var http = new HttpClient();
        var metrics = "";
        await Until.TrueAsync(
            async () => (metrics = await http.GetStringAsync($"{gateway.AdminUrl}/metrics")).Contains("_scheme=\"https\"", StringComparison.Ordinal),
            "The requests are never counted.");
        Assert.DoesNotContain("gopher", metrics, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /v1/containers HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("nonsense of the length of a preface\r\n\r\n")]
    public async Task Other_protocols_are_turned_away_where_http2_is_spoken(string request)
    {
        await using var gateway = await Http2World.StartAsync(TestSettings.Local());
        await using var client = await RawClient.ConnectAsync(gateway.Http2Url);
        await client.SendAsync(request);
        Assert.DoesNotContain("200 OK", await client.ReceiveAllAsync(), StringComparison.Ordinal);
        using var http = Http2World.Client(gateway.Http2Url);
        (await http.GetAsync("/v1/containers")).Ok();
    }
}
