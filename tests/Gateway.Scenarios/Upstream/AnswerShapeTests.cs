using System.Text;
using System.Text.Json;
using Gateway.Scenarios.Hostile;
using Xunit;

namespace Gateway.Scenarios.Upstream;

/// <summary>A list is complete for every SDK, or it is an error.</summary>
public sealed class AnswerShapeTests
{
    [Theory]
    [InlineData("{\"data\":null}", 0, null, false)]
    [InlineData("{\"data\":[]}", 0, null, false)]
    [InlineData("{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}", 2, "b", false)]
    [InlineData("{\"object\":7,\"data\":[{\"id\":\"a\"}],\"has_more\":\"yes\",\"last_id\":3}", 1, "a", false)]
    [InlineData("{\"data\":[{\"id\":\"a\"}],\"has_more\":true,\"first_id\":null,\"last_id\":null}", 1, "a", true)]
    [InlineData("{\"data\":[{\"x\":{\"id\":\"no\"},\"id\":\"a\"}],\"extra_fields\":{\"latency\":999},\"has_more\":true}", 1, "a", true)]
    public async Task Lists_of_an_upstream_are_completed(string sent, int items, string? last, bool more)
    {
        await using var upstream = RawUpstream.Answering($"HTTP/1.1 200 OK\nContent-Length: {sent.Length}\n\n{sent}");
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        var text = await (await Between.ListAsync(gateway)).Content.ReadAsStringAsync();
        using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
        var list = document.RootElement;
        Assert.Equal("list", list.GetProperty("object").GetString());
        Assert.Equal(items, list.GetProperty("data").GetArrayLength());
        Assert.Equal(last, list.GetProperty("last_id").GetString());
        Assert.Equal(more, list.GetProperty("has_more").GetBoolean());
        Assert.Equal("container_list", list.GetProperty("extra_fields").GetProperty("request_type").GetString());
        Assert.NotEqual(999, list.GetProperty("extra_fields").GetProperty("latency").GetInt32());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"error\":{\"message\":\"no\"}}")]
    [InlineData("{\"error\":\"no\",\"data\":[]}")]
    [InlineData("{\"id\":\"c\",\"object\":\"container\",\"name\":\"one\"}")]
    [InlineData("{\"data\":{}}")]
    [InlineData("{\"data\":\"none\"}")]
    [InlineData("{\"data\":[1]}")]
    [InlineData("{\"data\":[{\"name\":\"no id\"}]}")]
    [InlineData("{\"data\":[[{\"id\":\"a\"}]]}")]
    [InlineData("{\"data\":[{\"id\":\"\\ud800\"}]}")]
    public async Task List_that_is_none_is_a_502(string sent)
    {
        await using var upstream = RawUpstream.Answering($"HTTP/1.1 200 OK\nContent-Length: {sent.Length}\n\n{sent}");
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        await Refusal.OfAsync(await Between.ListAsync(gateway), 502, "invalid_upstream_response");
    }

    /// <summary>An answer that is not what the operation promises is an error, whatever its status says, and is kept by nobody.</summary>
    [Theory]
    [InlineData("list", "206 Partial Content", "{\"data\":[]}")]
    [InlineData("get", "206 Partial Content", "{\"id\":\"c\"}")]
    [InlineData("get", "200 OK", "{\"error\":{\"message\":\"no\"}}")]
    [InlineData("get", "200 OK", "{\"id\":7}")]
    [InlineData("get", "200 OK", "{\"id\":\"\"}")]
    [InlineData("get", "200 OK", "{\"id\":\"c\",\"id\":null}")]
    [InlineData("get", "204 No Content", "")]
    [InlineData("create", "200 OK", "{\"error\":{\"message\":\"no\"}}")]
    [InlineData("upload", "200 OK", "{}")]
    [InlineData("delete", "200 OK", "{\"error\":{\"message\":\"no\"}}")]
    [InlineData("delete", "200 OK", "{\"id\":\"c\",\"deleted\":\"yes\"}")]
    [InlineData("download", "206 Partial Content", "part")]
    [InlineData("download", "204 No Content", "")]
    public async Task Answer_that_is_not_what_the_operation_promises_is_a_502(string kind, string status, string sent)
    {
        await using var upstream = RawUpstream.Answering($"HTTP/1.1 {status}\n{(sent.Length > 0 ? $"Content-Length: {sent.Length}\n" : "")}\n{sent}");
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        await Refusal.OfAsync(await Between.AskAsync(gateway, kind), 502, "invalid_upstream_response");
    }

    [Theory]
    [InlineData("{\"id\":\"c\",\"\\ud800\":1,\"s\":\"\\udfff\"}")]
    [InlineData("{\"id\":\"c\",\"n\":1E400,\"n\":-0.0,\"deep\":[[[[]]]]}")]
    [InlineData(" {\r\n\t\"id\" : \"c\" } \n")]
    public async Task Lists_and_objects_of_an_upstream_keep_their_bytes(string sent)
    {
        await using var upstream = RawUpstream.Answering($"HTTP/1.1 200 OK\nContent-Length: {sent.Length}\n\n", Encoding.ASCII.GetBytes(sent));
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        var text = await (await Between.GetAsync(gateway)).Content.ReadAsStringAsync();
        var end = sent.LastIndexOf('}');
        Assert.StartsWith(sent[..end] + ",\"extra_fields\":{", text, StringComparison.Ordinal);
        Assert.EndsWith("}" + sent[end..], text, StringComparison.Ordinal);
    }
}
