using System.Text;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>A JSON body that is not one sound object is refused before anything is asked of an upstream.</summary>
public sealed class JsonBodyTests(World world) : IClassFixture<World>
{
    public static TheoryData<string> Broken =>
    [
        "", " ", "{", "}", "hello", "[]", "[{\"name\":\"c\"}]", "null", "\"name\"", "1", "{\"name\":\"c\"", "{\"name\":\"c\"}}", "{\"name\":\"c\"} x",
        "{\"name\":\"c\",}", "{'name':'c'}", "{\"name\":\"c\"/*x*/}", "{\"name\":\"c\"}{\"name\":\"c\"}", "{\"name\":\"a\u0000b\"}",
        "{\"name\":\"a\nb\"}", "{\"name\":NaN}", "{\"name\":01}", "\uFEFF{\"name\":\"c\"}", "{\"name\":\"c\",\"name\":\"d\"}",
        "{\"name\":\"c\",\"provider\":\"openai\",\"prov\\u0069der\":\"second\"}", "{\"name\":\"c\",\"x\":{\"a\":1,\"a\":1}}",
        "{\"name\":\"c\",\"x\":[{\"y\":{\"a\":1,\"\\u0061\":1}}]}", "{\"name\":\"c\",\"\\ud800\":1}",
        "{\"name\":\"c\",\"x\":{\"\\ud800\":1,\"\\ud801\":2}}",
        "{\"\\udc00\":1,\"name\":\"c\"}",
    ];

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Broken_json_body_is_refused(string body)
    {
        var seen = await world.SeenDuringAsync(async () =>
        {
            var message = Refusal.Of(await world.CreateAsync(body), 400, "invalid_json");
            Assert.StartsWith("Invalid request format", message, StringComparison.Ordinal);
            Refusal.Of(await ReferenceAsync(Encoding.UTF8.GetBytes(body)), 400, "invalid_json");
        });
        Assert.Empty(seen);
    }

    [Theory]
    [InlineData("{", "line 1, byte 2")]
    [InlineData("{\"name\":\"c\"", "line 1, byte 12")]
    [InlineData("{\n\"a\":{\"b\":1}", "line 2, byte 12")]
    public async Task Json_body_that_ends_too_early_is_refused(string body, string place) =>
        Assert.EndsWith(place, Refusal.Of(await world.CreateAsync(body), 400, "invalid_json"), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"name":"c","name":"d"}""", "name")]
    [InlineData("""{"name":"c","prov\u0069der":"a","provider":"b"}""", "provider")]
    [InlineData("""{"name":"c","network_policy":{"type":"allowlist","type":"disabled"}}""", "network_policy.type")]
    [InlineData("""{"name":"c","skills":[{"a":1},{"b":[[1,{"c":1,"c":2}]]}]}""", "skills[1].b[0][1].c")]
    public async Task Json_body_with_a_member_given_twice_is_refused_with_its_name(string body, string path)
    {
        var message = Refusal.Of(await world.CreateAsync(body), 400, "invalid_json", path);
        Assert.EndsWith($": {path} is given twice in the same object", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Member_given_twice_is_found_in_large_objects_too()
    {
        var small = string.Join(',', Enumerable.Range(0, 1000).Select(i => $"\"{i}\":0"));
        Assert.Equal(200, (await world.CreateAsync($"{{\"name\":\"c\",\"x\":{{{small}}}}}")).Status);
        Refusal.Of(await world.CreateAsync($"{{\"name\":\"c\",\"x\":{{{small},\"999\":1}}}}"), 400, "invalid_json", "x.999");
    }

    [Fact]
    public async Task Long_name_of_a_json_member_is_not_echoed()
    {
        var name = new string('n', 30_000);
        var inner = $$"""{"{{name}}":1,"{{name[..1000]}}":1,"{{name[..1000]}}":2}""";
        var message = Refusal.Of(await world.CreateAsync($"{{\"name\":\"c\",\"{name}\":{inner}}}"), 400, "invalid_json");
        Assert.InRange(message.Length, 100, 400);
    }

    [Fact]
    public async Task File_ids_of_a_json_body_are_ones_that_some_provider_can_have_given()
    {
        var longId = new string('x', 513);
        var many = string.Join(',', Enumerable.Repeat("\"file-1\"", 1001));
        var seen = await world.SeenDuringAsync(async () =>
        {
            Refusal.Of(await world.CreateAsync($$"""{"name":"c","file_ids":["file-1","{{longId}}"]}"""), 400, param: "file_ids[1]");
            Refusal.Of(await world.CreateAsync($$"""{"name":"c","file_ids":[{{many}}]}"""), 400, param: "file_ids");
            Refusal.Of(await ReferenceAsync(Encoding.UTF8.GetBytes($$"""{"file_id":"{{longId}}"}""")), 400, param: "file_id");
        });
        Assert.Empty(seen);
    }

    [Fact]
    public async Task Json_body_that_is_no_utf8_is_refused()
    {
        byte[] body = [.. "{\"name\":\""u8, 0xC3, 0x28, .. "\"}"u8];
        Assert.Contains("UTF-8", Refusal.Of(await world.CreateAsync(body), 400, "invalid_json"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(62, true)]
    [InlineData(63, true)]
    [InlineData(64, false)]
    [InlineData(5000, false)]
    public async Task Json_body_nests_at_most_64_levels(int arrays, bool accepted)
    {
        var body = "{\"name\":\"c\",\"x\":" + new string('[', arrays) + new string(']', arrays) + "}";
        var answer = await world.CreateAsync(body);
        if (accepted)
        {
            Assert.Equal(200, answer.Status);
        }
        else
        {
            Refusal.Of(answer, 400, "invalid_json");
        }
    }

    [Theory]
    [InlineData("{\"name\":1}", "name")]
    [InlineData("{\"name\":\"\\ud800\"}", "name")]
    [InlineData("{\"name\":{}}", "name")]
    [InlineData("{}", "name")]
    [InlineData("{\"name\":null}", "name")]
    [InlineData("{\"name\":\"\"}", "name")]
    [InlineData("{\"name\":\"c\",\"provider\":1}", "provider")]
    [InlineData("{\"name\":\"c\",\"provider\":[\"openai\"]}", "provider")]
    [InlineData("{\"name\":\"c\",\"provider\":\"\\udfff\"}", "provider")]
    [InlineData("{\"name\":\"c\",\"memory_limit\":4}", "memory_limit")]
    [InlineData("{\"name\":\"c\",\"expires_after\":20}", "expires_after")]
    [InlineData("{\"name\":\"c\",\"expires_after\":{}}", "expires_after.anchor")]
    [InlineData("{\"name\":\"c\",\"expires_after\":{\"anchor\":1,\"minutes\":1}}", "expires_after.anchor")]
    [InlineData("{\"name\":\"c\",\"expires_after\":{\"anchor\":\"a\"}}", "expires_after.minutes")]
    [InlineData("{\"name\":\"c\",\"expires_after\":{\"anchor\":\"a\",\"minutes\":\"1\"}}", "expires_after.minutes")]
    [InlineData("{\"name\":\"c\",\"expires_after\":{\"anchor\":\"a\",\"minutes\":1.5}}", "expires_after.minutes")]
    [InlineData("{\"name\":\"c\",\"expires_after\":{\"anchor\":\"a\",\"minutes\":99999999999999999999}}", "expires_after.minutes")]
    [InlineData("{\"name\":\"c\",\"file_ids\":\"f\"}", "file_ids")]
    [InlineData("{\"name\":\"c\",\"file_ids\":[\"f\",1]}", "file_ids[1]")]
    [InlineData("{\"name\":\"c\",\"metadata\":[]}", "metadata")]
    [InlineData("{\"name\":\"c\",\"metadata\":{\"a\":1}}", "metadata.a")]
    [InlineData("{\"name\":\"c\",\"metadata\":{\"a\":\"\\ud800\"}}", "metadata.a")]
    [InlineData("{\"name\":\"c\",\"network_policy\":\"none\"}", "network_policy")]
    [InlineData("{\"name\":\"c\",\"skills\":{}}", "skills")]
    public async Task Json_member_of_the_wrong_type_is_named(string body, string param)
    {
        var seen = await world.SeenDuringAsync(async () => Refusal.Of(await world.CreateAsync(body), 400, param: param));
        Assert.Empty(seen);
    }

    [Theory]
    [InlineData("{\"file_id\":1}", "file_id")]
    [InlineData("{}", "file_id")]
    [InlineData("{\"file_id\":\"\"}", "file_id")]
    [InlineData("{\"file_id\":\"f\",\"file_path\":[]}", "file_path")]
    [InlineData("{\"file_id\":\"f\",\"provider\":true}", "provider")]
    public async Task Wrong_member_of_a_json_reference_is_named(string body, string param) =>
        Refusal.Of(await ReferenceAsync(Encoding.UTF8.GetBytes(body)), 400, param: param);

    [Theory]
    [InlineData("{\"name\":\"c\"}")]
    [InlineData("{ \"name\" : \"c\" , \"x\" : 1.0 }")]
    [InlineData("{\"n\":1E400,\"m\":-0.0,\"big\":123456789012345678901234567890.10,\"name\":\"c\"}")]
    [InlineData("{\"name\":\"\\u0063\\/ö\",\"nested\":{\"provider\":\"kept\",\"a\":[1,2,{\"provider\":null}]}}\r\n\t ")]
    [InlineData("{\"name\":\"c\",\"text\":\"\\ud83d\\ude00 \\\" \\\\ \\b\",\"lone\":\"\\ud800\"}")]
    public async Task Json_body_reaches_the_upstream_byte_for_byte(string body)
    {
        var seen = await world.SeenDuringAsync(async () => Assert.Equal(200, (await world.CreateAsync(body)).Status));
        var received = Assert.Single(seen);
        Assert.Equal(body, received.Text);
        Assert.Equal("application/json", received.Headers["Content-Type"]);
        Assert.Equal(Encoding.UTF8.GetByteCount(body).ToString(), received.Headers["Content-Length"]);
    }

    [Theory]
    [InlineData("{\"provider\":\"openai\",\"name\":\"c\",\"n\":1.0}", "{\"name\":\"c\",\"n\":1.0}")]
    [InlineData("{\"name\":\"c\",\"provider\":\"openai\",\"n\":1.0}", "{\"name\":\"c\",\"n\":1.0}")]
    [InlineData("{\"name\":\"c\",\"n\":1.0,\"provider\":\"openai\"}", "{\"name\":\"c\",\"n\":1.0}")]
    [InlineData("{ \"provider\" : \"openai\" , \"name\" : \"c\" }", "{ \"name\" : \"c\" }")]
    [InlineData("{\n  \"name\": \"c\",\n  \"provider\": \"openai\",\n  \"n\": 1.0\n}", "{\n  \"name\": \"c\",\n  \"n\": 1.0\n}")]
    [InlineData("{\n  \"name\": \"c\",\n  \"provider\": \"openai\"\n}", "{\n  \"name\": \"c\"\n}")]
    [InlineData("{\"prov\\u0069der\":\"open\\u0061i\",\"name\":\"c\"}", "{\"name\":\"c\"}")]
    [InlineData("{\"name\":\"c\",\"provider\":null}", "{\"name\":\"c\"}")]
    public async Task Json_body_loses_the_provider_and_nothing_else(string sent, string arrived)
    {
        var seen = await world.SeenDuringAsync(async () => Assert.Equal(200, (await world.CreateAsync(sent)).Status));
        Assert.Equal(arrived, Assert.Single(seen).Text);
    }

    [Fact]
    public async Task Json_body_needs_a_content_type()
    {
        Refusal.Of(await world.CreateAsync("{\"name\":\"c\"}", headers: ""), 415, "unsupported_media_type", "Content-Type");
        Refusal.Of(await ReferenceAsync("{\"file_id\":\"f\"}"u8.ToArray(), ""), 415, "unsupported_media_type");
        Refusal.Of(await ReferenceAsync("{\"file_id\":\"f\"}"u8.ToArray(), "Content-Type: text/plain\r\n"), 415);
        Refusal.Of(await ReferenceAsync("{\"file_id\":\"f\"}"u8.ToArray(), "Content-Type: ;;;\r\n"), 415);
    }

    private async Task<RawAnswer> ReferenceAsync(byte[] body, string headers = "Content-Type: application/json\r\n")
    {
        await using var client = await RawClient.ConnectAsync(world.Gateway);
        await client.SendAsync($"POST /v1/containers/c/files HTTP/1.1\r\nHost: gateway\r\n{headers}Content-Length: {body.Length}\r\n\r\n");
        await client.SendAsync(body);
        return (await client.ReceiveAsync())!;
    }
}
