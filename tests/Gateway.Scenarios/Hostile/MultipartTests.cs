using System.Text;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>Uploads of every form clients send, and of none they should.</summary>
public sealed class MultipartTests(World world) : IClassFixture<World>
{
    private const string File = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\n\r\nhello\r\n";
    private const string Provider = "--B\r\nContent-Disposition: form-data; name=\"provider\"\r\n\r\nopenai\r\n";
    private const string Path = "--B\r\nContent-Disposition: form-data; name=\"file_path\"\r\n\r\n/mnt/data/p\r\n";
    private const string Id = "--B\r\nContent-Disposition: form-data; name=\"file_id\"\r\n\r\nfile_1\r\n";
    private const string Other = "--B\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nx\r\n\r\ny\r\n";
    private const string End = "--B--\r\n";

    [Theory]
    [InlineData("multipart/form-data", File + End)]
    [InlineData("multipart/form-data; boundary=", File + End)]
    [InlineData("multipart/form-data; boundary=\"\"", File + End)]
    [InlineData("multipart/form-data; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", File + End)]
    [InlineData("multipart/form-data; boundary=B", "")]
    [InlineData("multipart/form-data; boundary=B", End)]
    [InlineData("multipart/form-data; boundary=B", "hello")]
    [InlineData("multipart/form-data; boundary=B", Provider + End)]
    [InlineData("multipart/form-data; boundary=B", Path + Other + End)]
    [InlineData("multipart/form-data; boundary=B", "--B\r\n\r\nhello\r\n" + File + End)]
    [InlineData("multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data\r\n\r\nhello\r\n" + File + End)]
    [InlineData("multipart/form-data; boundary=B", "--B\r\nContent-Disposition: garbage;;;=\r\n\r\nhello\r\n" + File + End)]
    [InlineData("multipart/form-data; boundary=B", "--B\r\nno header\r\n\r\nhello\r\n" + File + End)]
    [InlineData("multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nnever ends")]
    [InlineData("multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-da")]
    [InlineData("multipart/form-data; boundary=B", "pre--Bamble\r\n" + File + End)]
    [InlineData("multipart/form-data; boundary=B", "x" + Provider + File + End)]
    [InlineData(
        "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"x\"\r\n--B: y\r\n\r\nx\r\n" + Provider + File + End)]
    public async Task Form_without_a_sound_file_is_refused(string type, string body)
    {
        // A container of its own: an upload that another test cut off may reach the upstream late.
        var id = Guid.NewGuid().ToString("N");
        var seen = await world.SeenDuringAsync(async () => Refusal.Of(await UploadAsync(id, type, Encoding.UTF8.GetBytes(body)), 400));
        Assert.DoesNotContain(seen, request => request.Target.Contains(id, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=\"B\"", File + End)]
    [InlineData("Multipart/Form-Data; charset=utf-8; boundary=B", File + End)]
    [InlineData("multipart/form-data; boundary=B", "\r\n" + File + End)]
    [InlineData("multipart/form-data; boundary=B", File + End + "epilogue")]
    [InlineData("multipart/form-data; boundary=B", "This is a message with several parts in MIME format.\r\n" + File + End)]
    [InlineData("multipart/form-data; boundary=B", "preamble\r\nof -- two lines\r\n" + Path + File + End)]
    [InlineData("multipart/form-data; boundary=B", Other + Path + File + Other + End)]
    [InlineData("multipart/form-data; boundary=B", "--B\r\ncontent-disposition: form-data; name=file; filename=f.txt\r\n\r\nhello\r\n" + End)]
    [InlineData(
        "multipart/form-data; boundary=B", "--B\r\nContent-Type: text/x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhello\r\n" + End)]
    [InlineData(
        "multipart/form-data; boundary=B",
        "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"; filename*=UTF-8''h%C3%A4%C3%9F.txt\r\n\r\nhello\r\n" + End)]
    [InlineData(
        "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"häß 漢.txt\"\r\n\r\nhello\r\n" + End)]
    [InlineData("multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n\r\n" + End)]
    [InlineData("multipart/form-data; boundary=B", Id + End)]
    [InlineData("multipart/form-data; boundary=B", Path + Id + End)]
    public async Task Form_reaches_the_upstream_byte_for_byte(string type, string body)
    {
        var (answer, type2, length, arrived) = await EchoedAsync(type, Encoding.UTF8.GetBytes(body), chunked: false);
        Assert.Equal(200, answer.Status);
        Assert.Equal(type, type2);
        Assert.Equal(Encoding.UTF8.GetByteCount(body), length);
        Assert.Equal(body, Encoding.UTF8.GetString(arrived));
    }

    [Theory]
    [InlineData(Provider + File + End, File + End)]
    [InlineData(Provider + Provider + File + End, File + End)]
    [InlineData(Path + Provider + File + End, Path + File + End)]
    [InlineData(Provider + Other + Provider + Path + File + Other + End, Other + Path + File + Other + End)]
    [InlineData("\r\n" + Provider + File + End, File + End)]
    [InlineData("preamble\r\n" + Provider + File + End, "preamble\r\n" + File + End)]
    [InlineData(Other + Provider + File + End, Other + File + End)]
    [InlineData(Provider + Id + End, Id + End)]
    [InlineData(Id + Provider + Path + End, Id + Path + End)]
    public async Task Form_loses_the_provider_and_nothing_else(string sent, string arrived)
    {
        foreach (var chunked in new[] { false, true })
        {
            var (answer, _, length, bytes) = await EchoedAsync("multipart/form-data; boundary=B", Encoding.UTF8.GetBytes(sent), chunked);
            Assert.Equal(200, answer.Status);
            Assert.Equal(arrived, Encoding.UTF8.GetString(bytes));
            if (length is not null)
            {
                Assert.Equal(arrived.Length, length);
            }
        }
    }

    [Theory]
    [InlineData("?provider=second", Provider)]
    [InlineData("", Provider + "--B\r\nContent-Disposition: form-data; name=\"provider\"\r\n\r\nsecond\r\n")]
    [InlineData("", "--B\r\nContent-Disposition: form-data; name=\"provider\"\r\n\r\n\u00ff\r\n")]
    [InlineData("", "--B\r\nContent-Disposition: form-data; name=\"provider\"\r\n\r\nnowhere\r\n")]
    public async Task Form_with_a_wrong_provider_is_refused(string query, string fields)
    {
        var seen = await world.SeenDuringAsync(async () => Refusal.Of(
            await UploadAsync("c", "multipart/form-data; boundary=B", Encoding.Latin1.GetBytes(fields + File + End), query), 400, param: "provider"));
        Assert.Empty(seen);
    }

    [Fact]
    public async Task Form_with_an_id_that_no_file_can_have_is_refused()
    {
        var body = $"--B\r\nContent-Disposition: form-data; name=\"file_id\"\r\n\r\n{new string('x', 513)}\r\n" + End;
        var seen = await world.SeenDuringAsync(async () => Refusal.Of(
            await UploadAsync("c", "multipart/form-data; boundary=B", Encoding.Latin1.GetBytes(body)), 400, param: "file_id"));
        Assert.Empty(seen);
    }

    /// <summary>Two such names would be one, and the second file would take the place of the first.</summary>
    [Theory]
    [InlineData("filename=\"\u00e4.txt\"")]
    [InlineData("filename*=UTF-8''%FF%FE.txt")]
    public async Task Form_with_a_file_name_that_is_no_text_is_refused(string name)
    {
        var body = $"--B\r\nContent-Disposition: form-data; name=\"file\"; {name}\r\n\r\nx\r\n" + End;
        var seen = await world.SeenDuringAsync(async () => Refusal.Of(
            await UploadAsync("c", "multipart/form-data; boundary=B", Encoding.Latin1.GetBytes(body)), 400, param: "file"));
        Assert.Empty(seen);
    }

    [Theory]
    [InlineData("name=\"file\"; filename*=utf-7''x", "use UTF-8")]
    [InlineData("name=\"file\"; filename*=no-such''x", "")]
    [InlineData("name=\"=?utf-7?B?eA==?=\"; filename=\"f\"", "use UTF-8")]
    [InlineData("name=\"=?no-such?B?eA==?=\"; filename=\"f\"", "")]
    [InlineData("name=\"file\"; filename=\"=?utf-7?B?eA==?=\"", "use UTF-8")]
    [InlineData("name=\"file\"; filename=\"=?utf-8?B?!!!!?=\"", "")]
    [InlineData("name=\"file\"; filename=un quoted.txt", "must be in quotes")]
    [InlineData("name=\"file\"; filename=a@b.txt", "")]
    public async Task Form_with_names_in_an_odd_form_never_causes_a_500(string disposition, string reason)
    {
        foreach (var body in new[]
        {
            $"--B\r\nContent-Disposition: form-data; {disposition}\r\n\r\nx\r\n" + File + End,
            File + $"--B\r\nContent-Disposition: form-data; {disposition}\r\n\r\nx\r\n" + End,
        })
        {
            foreach (var query in new[] { "", "?provider=second" })
            {
                var answer = await UploadAsync(
                    Guid.NewGuid().ToString("N"), "multipart/form-data; boundary=B", Encoding.Latin1.GetBytes(body), query);
                Assert.True(answer.Status < 500, answer.ToString());
                if (reason.Length > 0 && !body.StartsWith(File, StringComparison.Ordinal))
                {
                    Assert.Contains(reason, Refusal.Of(answer, 400, "invalid_multipart"), StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public async Task Form_with_a_long_epilogue_is_kept_without_it()
    {
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.Local()));
        var created = await gateway.Client.PostAsync("/v1/containers", Json("{\"name\":\"c\"}"));
        var id = System.Text.Json.JsonDocument.Parse(await created.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString();
        using var content = new ByteArrayContent(
            Encoding.Latin1.GetBytes("preamble\r\n" + File + End + string.Concat(Enumerable.Repeat("epilogue\r\n", 50_000))));
        content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=B");
        var uploaded = await gateway.Client.PostAsync($"/v1/containers/{id}/files", content);
        var text = await uploaded.Content.ReadAsStringAsync();
        Assert.True(uploaded.IsSuccessStatusCode, text);
        Assert.Equal(5, System.Text.Json.JsonDocument.Parse(text).RootElement.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task Form_with_too_much_in_front_of_the_file_is_refused()
    {
        var big = "--B\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n" + new string('x', 300 * 1024) + "\r\n";
        var many = string.Concat(Enumerable.Repeat(Other, 100));
        var longHeader = "--B\r\nContent-Disposition: form-data; name=\"x\"\r\nX: " + new string('x', 20_000) + "\r\n\r\nx\r\n";
        var longProvider = "--B\r\nContent-Disposition: form-data; name=\"provider\"\r\n\r\n" + new string('x', 70_000) + "\r\n";
        var seen = await world.SeenDuringAsync(async () =>
        {
            foreach (var front in new[] { big, many, longHeader, longProvider })
            {
                Refusal.Of(await UploadAsync("c", "multipart/form-data; boundary=B", Encoding.UTF8.GetBytes(front + File + End)), 400);
            }
        });
        Assert.Empty(seen);
    }

    /// <summary>
    /// Passed on as it came, with its length: whether a form without an end is one is for the upstream to say, and its answer comes back.
    /// </summary>
    [Fact]
    public async Task Form_without_a_closing_boundary_is_the_upstreams_to_judge()
    {
        var (answer, _, length, arrived) = await EchoedAsync("multipart/form-data; boundary=B", Encoding.UTF8.GetBytes(File), chunked: false);
        Assert.Equal(200, answer.Status);
        Assert.Equal(File.Length, length);
        Assert.Equal(File, Encoding.UTF8.GetString(arrived));
    }

    [Fact]
    public async Task Form_that_ends_early_is_refused_and_never_complete_upstream()
    {
        var completed = false;
        world.Late.Add("/v1/containers/cut/files");
        world.Upstream.Intercept = async http =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null, http.RequestAborted);
            completed = true;
            return false;
        };
        try
        {
            string[] framings = [$"Content-Length: 1000\r\n\r\n{File}", $"Transfer-Encoding: chunked\r\n\r\n{File.Length:x}\r\n{File}\r\n"];
            foreach (var framing in framings)
            {
                await using var client = await RawClient.ConnectAsync(world.Gateway);
                await client.SendAsync(
                    "POST /v1/containers/cut/files HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=B\r\n" + framing);
                client.EndSending();
                if (await client.ReceiveAsync() is { } answer)
                {
                    Refusal.Of(answer, 400);
                }
            }

            Assert.False(completed);
        }
        finally
        {
            world.Upstream.Intercept = null;
        }
    }

    private async Task<(RawAnswer Answer, string? Type, long? Length, byte[] Body)> EchoedAsync(string type, byte[] body, bool chunked)
    {
        string? seenType = null;
        long? length = null;
        byte[] arrived = [];
        world.Upstream.Intercept = async http =>
        {
            if (world.Late.Contains(http.Request.Path.Value!))
            {
                return false;
            }

            (seenType, length) = (http.Request.ContentType, http.Request.ContentLength);
            arrived = (await Received.ReadAsync(http)).Body;
            await http.Response.Body.WriteAsync("{\"id\":\"f\"}"u8.ToArray());
            return true;
        };
        try
        {
            return (await UploadAsync("c", type, body, chunked: chunked), seenType, length, arrived);
        }
        finally
        {
            world.Upstream.Intercept = null;
        }
    }

    private async Task<RawAnswer> UploadAsync(string container, string type, byte[] body, string query = "", bool chunked = false)
    {
        await using var client = await RawClient.ConnectAsync(world.Gateway);
        await client.SendAsync(
            $"POST /v1/containers/{container}/files{query} HTTP/1.1\r\nHost: gateway\r\nContent-Type: {type}\r\n"
            + (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : $"Content-Length: {body.Length}\r\n\r\n"));
        if (!chunked)
        {
            await client.SendAsync(body);
        }
        else
        {
            foreach (var piece in body.Chunk(7))
            {
                await client.SendAsync($"{piece.Length:x}\r\n");
                await client.SendAsync(piece);
                await client.SendAsync("\r\n");
            }

            await client.SendAsync("0\r\n\r\n");
        }

        return (await client.ReceiveAsync())!;
    }
}
