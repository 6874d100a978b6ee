using System.Text;
using System.Text.Json;
using Gateway.Fakes;
using Gateway.Api;
using Gateway.Providers.Streams;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>A <c>provider</c> field behind the file, as in Bifrost's own example (<c>curl -F file=@x -F provider=openai</c>).</summary>
public sealed class LateProviderTests
{
    private const string Type = "multipart/form-data; boundary=B";
    private const string File = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\n\r\nhello\r\n--\r\n--A\r\n";
    private const string Other = "--B\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nx\r\n\r\ny\r\n";
    private const string End = "--B--\r\n";

    public static TheoryData<string, string> Forms => new()
    {
        { File + "{p}" + End, File + End },
        { "{p}" + File + "{p}" + End, File + End },
        { File + "{p}{p}" + Other + End, File + Other + End },
        { "pre\r\n" + Other + "{p}" + File + Other + "{p}" + Other + End + "epilogue", "pre\r\n" + Other + File + Other + Other + End + "epilogue" },
        { File + Empty("other") + "{p}" + End, File + Empty("other") + End },
        { File + "{p}--B--", File + "--B--" },
        { File.Replace("--B\r\n", "--B \t\r\n", StringComparison.Ordinal) + "{p}" + End,
          File.Replace("--B\r\n", "--B \t\r\n", StringComparison.Ordinal) + End },
        { File.Replace("hello", new string('x', 100_000), StringComparison.Ordinal) + "{p}" + End,
          File.Replace("hello", new string('x', 100_000), StringComparison.Ordinal) + End },
    };

    /// <summary>With a length that was promised, line breaks behind the last boundary stand for what was cut.</summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public async Task A_provider_behind_the_file_never_reaches_the_upstream(string form, string expected)
    {
        (long? Length, string Body) arrived = (null, "");
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            arrived = (http.Request.ContentLength, Encoding.Latin1.GetString((await Received.ReadAsync(http)).Body));
            await http.Response.Body.WriteAsync("{\"id\":\"f\"}"u8.ToArray());
        });
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.OpenAI(upstream.Url)));
        foreach (var provider in new[] { Part("openai"), Part("\r\n openai "), Part(""), Empty("provider") })
        {
            if (provider == Empty("provider")
                && form.IndexOf("{p}", StringComparison.Ordinal) < form.IndexOf("name=\"file\"", StringComparison.Ordinal))
            {
                // In front of the file such a part is refused.
                continue;
            }

            var sent = form.Replace("{p}", provider, StringComparison.Ordinal);
            var chunked = await UploadAsync(gateway, "/v1/containers/c/files", sent, pieces: 7);
            Assert.Equal((200, null, expected), (chunked.Status, arrived.Length, arrived.Body));

            var whole = await UploadAsync(gateway, "/v1/containers/c/files", sent);
            Assert.Equal(200, whole.Status);
            Assert.Equal(arrived.Length, arrived.Body.Length);
            Assert.StartsWith(expected, arrived.Body, StringComparison.Ordinal);
            Assert.Equal("", arrived.Body[expected.Length..].Replace("\r\n", "", StringComparison.Ordinal).Trim('\r'));
        }
    }

    [Theory]
    [InlineData("second")]
    [InlineData("nowhere")]
    [InlineData("\u00ff")]
    [InlineData("openai\u0001")]
    public async Task Another_provider_behind_the_file_is_refused_and_the_upload_ends_incomplete(string named)
    {
        var completed = false;
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null, http.RequestAborted);
            completed = true;
        });
        await using var gateway = await RunningGateway.StartAsync(
            TestSettings.Of(TestSettings.OpenAI(upstream.Url), TestSettings.OpenAI(upstream.Url, "second")));
        foreach (var pieces in new int?[] { null, 7 })
        {
            Refusal.Of(
                await UploadAsync(gateway, "/v1/containers/c/files?provider=openai", File + Part(named) + End, pieces), 400, param: "provider");
        }

        Refusal.Of(
            await UploadAsync(gateway, "/v1/containers/c/files?provider=openai", File + Part(new string('x', 40_000)) + End), 400, param: "provider");
        Assert.False(completed);
    }

    [Fact]
    public async Task A_form_that_ends_within_or_behind_a_provider_is_refused()
    {
        var completed = false;
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null, http.RequestAborted);
            completed = true;
        });
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.OpenAI(upstream.Url)));
        foreach (var cut in new[] { File + Part("openai")[..^2], File + Part("openai"), File + Part("openai") + Other })
        {
            Refusal.Of(await UploadAsync(gateway, "/v1/containers/c/files", cut), 400, "invalid_multipart");
        }

        Assert.False(completed);
    }

    /// <summary>A provider that reads the form itself, and one that gets it passed on.</summary>
    [Theory]
    [InlineData("local")]
    [InlineData("openai")]
    public async Task The_provider_in_use_may_be_named_behind_the_file_and_another_one_may_not(string name)
    {
        await using var upstream = await FakeOpenAI.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(
            TestSettings.Of(name == "local" ? TestSettings.Local() : TestSettings.OpenAI(upstream.Url)));
        using var body = Json("{\"name\":\"c\"}");
        using var made = await gateway.Client.PostAsync("/v1/containers", body);
        var id = JsonDocument.Parse(await made.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString();

        var answer = await UploadAsync(gateway, $"/v1/containers/{id}/files", File + Part(name) + End);
        Assert.Equal((200, 14), (answer.Status, answer.Json.GetProperty("bytes").GetInt32()));
        Refusal.Of(await UploadAsync(gateway, $"/v1/containers/{id}/files", File + Part("another") + End), 400, param: "provider");

        using var list = await gateway.Client.GetAsync($"/v1/containers/{id}/files");
        Assert.Equal(1, JsonDocument.Parse(await list.Content.ReadAsStringAsync()).RootElement.GetProperty("data").GetArrayLength());
    }

    /// <summary>However the bytes come, and whatever looks like a boundary in them, the file is the client's.</summary>
    [Fact]
    public async Task A_body_without_such_a_field_passes_byte_for_byte_however_it_comes()
    {
        var random = new Random(4711);
        for (var round = 0; round < 300; round++)
        {
            var content = string.Concat(
                Enumerable.Range(0, random.Next(1, 40)).Select(
                    _ => random.GetItems(["\r\n", "--", "B", "\r\n--", "\r\n--A", "\r", "\n--B", "\r\n--Bx", "x", new string('y', 900)], 1)[0]));
            var body = Encoding.Latin1.GetBytes(
                File.Replace("hello", content, StringComparison.Ordinal).Replace(
                    "\r\n--B\r\n", "\r\n--C\r\n", StringComparison.Ordinal) + Other + End);
            using var inner = new MemoryStream(body);
            await using var filter = new ProviderFilter(new Pieces(inner, random), "B", random.Next(0, 60), keepsLength: true, _ => null);
            using var passed = new MemoryStream();
            await filter.CopyToAsync(passed, random.Next(1, 5000));
            Assert.Equal(body, passed.ToArray());
        }
    }

    /// <summary>With delimiters, and what looks like them, wherever a piece may begin or end.</summary>
    [Fact]
    public async Task A_provider_is_cut_however_the_bytes_come_and_nothing_else_is()
    {
        var random = new Random(1147);
        for (var round = 0; round < 300; round++)
        {
            var content = string.Concat(
                random.GetItems(
                    ["\r\n--", "\r\n--A", "\r", "\r\r\n", "\r\n--Bx", new string('y', 70_000), new string('z', 900)], random.Next(0, 12)));
            var (before, behind) = (File.Replace("hello", content, StringComparison.Ordinal), Other + End + content);
            var cut = Part(new string('p', random.Next(0, 3000)));
            using var inner = new MemoryStream(Encoding.Latin1.GetBytes(before + cut + behind));
            var largest = random.GetItems([1, 40, 5000, 100_000], 1)[0];
            await using var filter = new ProviderFilter(
                largest > 40_000 ? inner : new Pieces(inner, random, largest + 1), "B", 60, keepsLength: true, _ => null);
            using var passed = new MemoryStream();
            await filter.CopyToAsync(passed, random.Next(1, 100_000));
            var expected = before + behind + string.Concat(Enumerable.Repeat("\r\n", cut.Length))[..cut.Length];
            Assert.Equal(expected, Encoding.Latin1.GetString(passed.ToArray()));
        }
    }

    private static string Part(string value) => $"--B\r\nContent-Disposition: form-data; name=\"provider\"\r\n\r\n{value}\r\n";

    /// <summary>A part that has no content at all, not even a line break.</summary>
    private static string Empty(string name) => $"--B\r\nX: y\r\ncontent-disposition:form-data; name={name}\r\n\r\n";

    private static async Task<RawAnswer> UploadAsync(RunningGateway gateway, string target, string form, int? pieces = null)
    {
        var body = Encoding.Latin1.GetBytes(form);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendAsync(
            $"POST {target} HTTP/1.1\r\nHost: gateway\r\nContent-Type: {Type}\r\n"
            + (pieces is null ? $"Content-Length: {body.Length}\r\n\r\n" : "Transfer-Encoding: chunked\r\n\r\n"));
        if (pieces is null)
        {
            await client.SendAsync(body);
            return (await client.ReceiveAsync())!;
        }

        // Small where something is to be found, large where not.
        foreach (var piece in body.Chunk(Math.Max(pieces.Value, body.Length / 500)))
        {
            byte[] framed = [.. Encoding.ASCII.GetBytes($"{piece.Length:x}\r\n"), .. piece, .. "\r\n"u8];
            await client.SendAsync(framed);
        }

        await client.SendAsync("0\r\n\r\n");
        return (await client.ReceiveAsync())!;
    }

    /// <summary>Gives few bytes at a time.</summary>
    private sealed class Pieces(Stream inner, Random random, int most = 200) : ForwardOnlyStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer[..Math.Min(buffer.Length, random.Next(1, most))], cancellationToken);
    }
}
