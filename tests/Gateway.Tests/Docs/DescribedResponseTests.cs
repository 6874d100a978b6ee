using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Tests.Docs;

/// <summary>What a running gateway answers is what the document says it answers.</summary>
public sealed class DescribedResponseTests(DescribedGateway gateway) : IClassFixture<DescribedGateway>
{
    [Theory]
    [InlineData("/v1", "")]
    [InlineData("/openai/v1", "openai")]
    public async Task Responses_of_all_nine_operations_are_as_the_api_description_says(string surface, string prefix)
    {
        string Id(string id) => prefix.Length == 0 ? id : prefix + char.ToUpperInvariant(id[0]) + id[1..];
        var create = prefix.Length == 0 ? """{"provider":"openai","name":"demo"}""" : """{"name":"demo"}""";
        var container = await JsonAsync(Id("createContainer"), HttpMethod.Post, $"{surface}/containers", ApiCalls.Json(create));
        var at = $"{surface}/containers/{container["id"]}";
        await JsonAsync(Id("listContainers"), HttpMethod.Get, $"{surface}/containers?limit=1&order=asc");
        await JsonAsync(Id("listContainers"), HttpMethod.Get, $"{surface}/containers?name=nobody");
        await JsonAsync(Id("retrieveContainer"), HttpMethod.Get, at);
        using var upload = new MultipartFormDataContent { { new ByteArrayContent(new byte[1000]), "file", "a.bin" } };
        var file = await JsonAsync(Id("createContainerFile"), HttpMethod.Post, $"{at}/files", upload);
        await JsonAsync(Id("createContainerFile"), HttpMethod.Post, $"{at}/files", ApiCalls.Json("""{"file_id":"file-1"}"""));
        await JsonAsync(Id("listContainerFiles"), HttpMethod.Get, $"{at}/files");
        await JsonAsync(Id("retrieveContainerFile"), HttpMethod.Get, $"{at}/files/{file["id"]}");
        await ContentAsync(Id("getContainerFileContent"), $"{at}/files/{file["id"]}/content");
        await JsonAsync(Id("deleteContainerFile"), HttpMethod.Delete, $"{at}/files/{file["id"]}");
        await JsonAsync(Id("deleteContainer"), HttpMethod.Delete, at);
        await JsonAsync(Id("retrieveContainer"), HttpMethod.Get, at, status: 404);
    }

    [Theory]
    [InlineData("createContainer", "POST", "/v1/containers", "{}", 400)]
    [InlineData("createContainer", "POST", "/v1/containers", "no json", 400)]
    [InlineData("listContainers", "GET", "/v1/containers?limit=0", null, 400)]
    [InlineData("listContainers", "GET", "/v1/containers?provider=unheard-of", null, 400)]
    [InlineData("listContainerFiles", "GET", "/v1/containers/cntr_none/files", null, 404)]
    [InlineData("getContainerFileContent", "GET", "/v1/containers/cntr_none/files/f/content", null, 404)]
    [InlineData("listContainers", "PUT", "/v1/containers", "{}", 405)]
    public async Task Responses_to_refused_calls_are_the_described_envelope(string id, string method, string path, string? body, int status) =>
        await JsonAsync(id, new HttpMethod(method), path, body is null ? null : ApiCalls.Json(body), status);

    [Fact]
    public async Task Response_to_a_body_of_unknown_type_is_the_described_envelope() =>
        await JsonAsync(
            "createContainerFile", HttpMethod.Post, "/v1/containers/cntr_1/files", new StringContent("x", Encoding.UTF8, "text/plain"), 415);

    private async Task<JsonNode> JsonAsync(string id, HttpMethod method, string path, HttpContent? body = null, int status = 200)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        using var answer = await gateway.Client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, $"{method} {path}: {(int)answer.StatusCode} {text}");
        var json = JsonNode.Parse(text)!;
        var described = Described(id, answer);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Empty(gateway.Walk.Problems(json, described["content"]!["application/json"]!["schema"]!.AsObject(), allKnown: true));
        return json;
    }

    private async Task ContentAsync(string id, string path)
    {
        using var whole = await gateway.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
        Assert.NotNull(Described(id, whole)["content"]![whole.Content.Headers.ContentType!.MediaType!]);
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Range = new RangeHeaderValue(0, 9) } };
        using var part = await gateway.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(10, (await part.Content.ReadAsByteArrayAsync()).Length);
        Assert.NotNull(Described(id, part)["content"]![part.Content.Headers.ContentType!.MediaType!]);
    }

    /// <summary>The description of this answer, which must name every header that is the gateway's own.</summary>
    private JsonObject Described(string id, HttpResponseMessage answer)
    {
        var responses = gateway.OperationOf(id)["responses"]!;
        var status = ((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var described = gateway.Walk.Resolve((responses[status] ?? responses["default"])!.AsObject());
        var own = answer.Headers.Select(header => header.Key)
            .Where(name => name.StartsWith("x-bifrost-", StringComparison.Ordinal) || name is "x-request-id" or "x-upstream-request-id");
        Assert.Subset(described["headers"]!.AsObject().Select(header => header.Key).ToHashSet(), own.ToHashSet());
        return described;
    }
}
