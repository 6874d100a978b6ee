using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.DropIn;

/// <summary>What the official clients of other languages put on the wire arrives.</summary>
public sealed class OtherClientTests
{
    public static TheoryData<UpstreamKind, string> Uploads { get; } = new(
        from kind in Enum.GetValues<UpstreamKind>() from shape in MultipartShape.Uploads.Keys select (kind, shape));

    [Theory]
    [MemberData(nameof(Uploads))]
    public async Task Upload_in_the_form_of_any_client_arrives_with_its_name_and_bytes(UpstreamKind kind, string client)
    {
        await using var world = await DropInWorld.StartAsync(kind);
        var shape = MultipartShape.Uploads[client];
        var container = await world.Http.CreateAsync();
        var received = Record(world);

        foreach (var inPieces in new[] { false, true })
        {
            var (status, file) = await UploadAsync(world, container, shape, inPieces);

            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Equal(MultipartShape.File.Length, file.GetProperty("bytes").GetInt32());
            var content = await world.Http.GetByteArrayAsync($"/openai/v1/containers/{container}/files/{file.Id()}/content");
            Assert.Equal(MultipartShape.File, content);
            if (kind != UpstreamKind.Local)
            {
                Assert.Equal(shape.ContentType, received.Last().Headers["Content-Type"]);
                Assert.Equal(Encoding.Latin1.GetString(shape.Body), Encoding.Latin1.GetString(received.Last().Body));
            }
            else
            {
                Assert.Equal("/mnt/data/" + (shape.FileName ?? "upload"), file.GetProperty("path").GetString());
            }
        }
    }

    [Theory]
    [InlineData(UpstreamKind.FakeOpenAI, "go")]
    [InlineData(UpstreamKind.FakeOpenAI, "java")]
    [InlineData(UpstreamKind.FakeOpenAI, "java stream")]
    [InlineData(UpstreamKind.Local, "go")]
    [InlineData(UpstreamKind.Local, "java")]
    [InlineData(UpstreamKind.Local, "java stream")]
    public async Task A_file_can_be_named_by_its_id_in_a_form(UpstreamKind kind, string client)
    {
        await using var world = await DropInWorld.StartAsync(kind);
        var (_, source) = await UploadAsync(world, await world.Http.CreateAsync(), MultipartShape.Uploads["python file"]);
        var container = await world.Http.CreateAsync();
        var received = Record(world);
        var shape = MultipartShape.Reference(client, source.Id());

        var (status, file) = await UploadAsync(world, container, shape);

        Assert.Equal(HttpStatusCode.OK, status);
        var content = await world.Http.GetByteArrayAsync($"/openai/v1/containers/{container}/files/{file.Id()}/content");
        if (kind != UpstreamKind.Local)
        {
            Assert.Equal("content of " + source.Id(), Encoding.UTF8.GetString(content));
            Assert.Equal(shape.Body, received.Last().Body);
        }
        else
        {
            Assert.Equal(MultipartShape.File, content);
        }
    }

    [Theory]
    [InlineData(UpstreamKind.FakeOpenAI, HttpStatusCode.OK)]
    [InlineData(UpstreamKind.Local, HttpStatusCode.BadRequest)]
    public async Task A_file_and_an_id_at_once_are_never_a_guess(UpstreamKind kind, HttpStatusCode expected)
    {
        await using var world = await DropInWorld.StartAsync(kind);
        var container = await world.Http.CreateAsync();
        var received = Record(world);
        var shape = MultipartShape.Both("cfile_other");

        var (status, answer) = await UploadAsync(world, container, shape);

        Assert.Equal(expected, status);
        if (kind != UpstreamKind.Local)
        {
            Assert.Equal(shape.Body, received.Last().Body);
        }
        else
        {
            Assert.Equal("file_id", answer.GetProperty("error").GetProperty("param").GetString());
        }
    }

    /// <summary>openai-python sends the header with every request.</summary>
    [Theory]
    [InlineData(UpstreamKind.FakeOpenAI)]
    [InlineData(UpstreamKind.Local)]
    public async Task A_delete_that_claims_to_be_json_without_a_body_works(UpstreamKind kind)
    {
        await using var world = await DropInWorld.StartAsync(kind);
        var container = await world.Http.CreateAsync();
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"/openai/v1/containers/{container}") { Content = new ByteArrayContent([]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("Accept", "*/*");

        using var response = await world.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.True(body.GetProperty("deleted").GetBoolean());
    }

    private static async Task<(HttpStatusCode Status, JsonElement Answer)> UploadAsync(
        DropInWorld world, string container, MultipartShape shape, bool inPieces = false)
    {
        using HttpContent body = inPieces ? new PieceByPiece(shape.Body) : new ByteArrayContent(shape.Body);
        body.Headers.TryAddWithoutValidation("Content-Type", shape.ContentType);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/openai/v1/containers/{container}/files") { Content = body };
        request.Headers.TransferEncodingChunked = shape.IsChunked || inPieces;
        using var response = await world.Http.SendAsync(request);
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }

    /// <summary>Keeps what the upstream is sent, uploads included.</summary>
    private static List<Received> Record(DropInWorld world)
    {
        var received = new List<Received>();
        if (world.Upstream is not null)
        {
            world.Upstream.Intercept = async http =>
            {
                var request = await Received.ReadAsync(http);
                http.Request.Body = new MemoryStream(request.Body);
                if (request.Method == "POST")
                {
                    received.Add(request);
                }

                return false;
            };
        }

        return received;
    }

    /// <summary>Sends a body in pieces whose edges fall into boundaries and headers.</summary>
    private sealed class PieceByPiece(byte[] body) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            foreach (var piece in body.Chunk(7))
            {
                await stream.WriteAsync(piece);
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
