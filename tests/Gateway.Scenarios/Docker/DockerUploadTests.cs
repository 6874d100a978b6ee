using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Gateway.Scenarios.Docker;

/// <summary>Uploads go to the engine while they arrive, though an archive begins with a length that shows at their end.</summary>
[Collection(nameof(DockerWorld))]
public sealed class DockerUploadTests(DockerWorld world)
{
    private const string File = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";

    [Fact]
    public async Task File_uploaded_to_an_engine_is_the_clients_bytes_whatever_follows_them()
    {
        await using var gateway = await world.GatewayAsync();
        var http = gateway.Client;
        var id = await http.CreateAsync();
        var big = new string('x', 300_000);
        (string Content, string Body, bool Chunked)[] uploads =
        [
            ("", File + "\r\n--b--\r\n", false),
            ("", File + "\r\n--b--", false),
            ("a", File + "a\r\n--b--", false),
            ("a\r\n", File + "a\r\n\r\n--b--\r\n", false),
            ("a\0", File + "a\0\r\n--b--\r\nan epilogue", false),
            ("\r\n--c", File + "\r\n--c\r\n--b--\r\n", true),
            (big, File + big + "\r\n--b\r\nContent-Disposition: form-data; name=\"file_path\"\r\n\r\nf\r\n--b--\r\n", false),
            (big, "--b\r\nContent-Disposition: form-data; name=\"file_path\"\r\n\r\nf\r\n" + File + big + "\r\n--b--\r\n", false),
            (big, File + big + "\r\n--b--\r\n", true),
            ("a", File + "a\r\n--b\r\nContent-Disposition: form-data; name=\"provider\"\r\n\r\ndocker\r\n--b--\r\n", false),
        ];
        foreach (var (content, body, chunked) in uploads)
        {
            var file = (await SendAsync(http, id, body, chunked)).Ok();
            Assert.Equal(("/mnt/data/f", content.Length, "user"), (file.Text("path"), file.GetProperty("bytes").GetInt32(), file.Text("source")));
            Assert.Equal(content, Encoding.Latin1.GetString(await http.DownloadAsync(id, file.Text("id"))));
        }

        Assert.Equal("", await world.Engine.RunAsync(id, "ls -A /.gateway/in", "0:0"));
    }

    [Fact]
    public async Task Upload_refused_at_its_end_leaves_nothing_in_the_container()
    {
        await using var gateway = await world.GatewayAsync(maxFileBytes: 1000);
        var http = gateway.Client;
        var id = await http.CreateAsync();
        string Field(string name, string value) => $"\r\n--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n--b--\r\n";
        foreach (var (body, status) in new[]
        {
            (File + "a" + Field("file_id", "cfile_x"), 400),
            (File + "a" + Field("file_path", "../x"), 400),
            (File + "a" + Field("provider", "other"), 400),
            (File + new string('a', 1001) + "\r\n--b--\r\n", 413),
            (File + "a\r\n--B--\r\n", 400),
        })
        {
            Assert.Equal((body, status), (body, (await SendAsync(http, id, body, chunked: false)).Refused().Status));
        }

        Assert.Empty((await http.FilesAsync(id)).Data("id"));
        Assert.Equal("", await world.Engine.RunAsync(id, "ls -A /.gateway/in", "0:0"));
    }

    [Fact]
    public async Task Upload_that_its_client_breaks_off_leaves_nothing_in_the_container()
    {
        await using var gateway = await world.GatewayAsync();
        var id = await gateway.Client.CreateAsync();
        var address = new Uri(gateway.Url);
        using (var client = new TcpClient(address.Host, address.Port))
        {
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.Latin1.GetBytes(
                $"POST /v1/containers/{id}/files HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                    + $"Content-Length: 100000000\r\n\r\n{File}"));
            await stream.WriteAsync(new byte[1 << 20]);
            await world.Engine.UntilAsync(id, "/.gateway/in");
        }

        await world.Engine.UntilAsync(id, "/.gateway/in", empty: true);
        Assert.Empty((await gateway.Client.FilesAsync(id)).Data("id"));
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, string container, string body, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/containers/{container}/files")
        {
            Content = new ByteArrayContent(Encoding.Latin1.GetBytes(body))
            {
                Headers = { ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b") },
            },
        };
        request.Headers.TransferEncodingChunked = chunked;
        return await http.SendAsync(request);
    }
}
