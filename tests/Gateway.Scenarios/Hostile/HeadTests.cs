using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>HEAD is GET without the body (RFC 9110 §9.3.2), and costs no download.</summary>
public sealed class HeadTests
{
    /// <summary>Headers that differ from one answer to the next.</summary>
    private static readonly string[] s_own =
    [
        "x-request-id", "x-bifrost-request-id", "x-bifrost-upstream-latency-ms", "x-upstream-request-id", "Date", "Content-Length",
    ];

    [Fact]
    public async Task Every_get_answers_head_with_the_same_headers_and_no_body()
    {
        await using var upstream = await FakeOpenAI.StartAsync();
        foreach (var provider in new[] { TestSettings.OpenAI(upstream.Url), TestSettings.Local() })
        {
            await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(provider));
            var container = (await PostAsync(gateway, "/v1/containers", "application/json", "{\"name\":\"c\"}"))!;
            var file = await PostAsync(
                gateway, $"/v1/containers/{container}/files", "multipart/form-data; boundary=B",
                "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\n\r\nhello\r\n--B--\r\n");
            await using var client = await RawClient.ConnectAsync(gateway);
            foreach (var path in new[]
            {
                "", "?limit=1", $"/{container}", $"/{container}/files", $"/{container}/files/{file}", $"/{container}/files/{file}/content",
                "/missing", "?limit=0",
            })
            {
                var get = await AskAsync(client, "GET", "/v1/containers" + path);
                var head = await AskAsync(client, "HEAD", "/v1/containers" + path);
                Assert.Equal(get.Status, head.Status);
                Assert.Equal(Comparable(get), Comparable(head));
                Assert.Equal(get.Headers.ContainsKey("Content-Length"), head.Headers.ContainsKey("Content-Length"));
                if (path.EndsWith("/content", StringComparison.Ordinal))
                {
                    Assert.Equal("5", head.Headers["Content-Length"]);
                }
            }

            Assert.True(await client.IsUsableAsync());
        }

        Assert.DoesNotContain(upstream.Requests, request => request.Method == "HEAD");
    }

    [Fact]
    public async Task Head_of_a_large_file_does_not_download_it()
    {
        var ended = new TaskCompletionSource();
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            http.Response.ContentLength = 1L << 40;
            http.Response.Headers.ETag = "\"tag\"";
            try
            {
                while (true)
                {
                    await http.Response.Body.WriteAsync(new byte[64 * 1024], http.RequestAborted);
                    http.RequestAborted.ThrowIfCancellationRequested();
                }
            }
            catch (OperationCanceledException)
            {
                ended.SetResult();
            }
        });
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.OpenAI(upstream.Url)));
        await using var client = await RawClient.ConnectAsync(gateway);
        var answer = await AskAsync(client, "HEAD", "/v1/containers/c/files/f/content");
        Assert.Equal((200, $"{1L << 40}", "\"tag\""), (answer.Status, answer.Headers["Content-Length"], answer.Headers["ETag"]));
        await ended.Task.WaitAsync(Until.Hung);
    }

    private static IEnumerable<string> Comparable(RawAnswer answer) =>
        answer.Headers
            .Where(header => !s_own.Contains(header.Key, StringComparer.OrdinalIgnoreCase)).Select(header => $"{header.Key}: {header.Value}").Order();

    private static async Task<RawAnswer> AskAsync(RawClient client, string method, string target)
    {
        await client.SendAsync($"{method} {target} HTTP/1.1\r\nHost: gateway\r\n\r\n");
        return (await client.ReceiveAsync(head: method == "HEAD"))!;
    }

    private static async Task<string?> PostAsync(RunningGateway gateway, string target, string type, string body)
    {
        var answer = await RawClient.AskAsync(
            gateway, $"POST {target} HTTP/1.1\nHost: gateway\nContent-Type: {type}\nContent-Length: {body.Length}\n\n{body}");
        Assert.Equal(200, answer.Status);
        return answer.Json.GetProperty("id").GetString();
    }
}
