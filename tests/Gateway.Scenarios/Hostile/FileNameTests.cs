using System.Text.Json;
using Gateway.Fakes;
using Gateway.Scenarios.Upstream;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>Neither what operators call things nor what upstreams say of them breaks an answer.</summary>
public sealed class FileNameTests
{
    [Fact]
    public async Task Names_in_another_alphabet_are_encoded_in_headers_and_plain_in_json()
    {
        await using var upstream = await FakeOpenAI.StartAsync();
        var provider = TestSettings.OpenAI(upstream.Url, "песочница");
        provider = provider with { Accounts = [provider.Accounts[0] with { Name = "clé" }] };
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(provider));
        var answer = await RawClient.AskAsync(gateway, "GET", "/v1/containers");
        Assert.Equal(200, answer.Status);
        Assert.Equal("песочница", Uri.UnescapeDataString(answer.Headers["x-bifrost-provider"]));
        Assert.Equal("cl%C3%A9", answer.Headers["x-bifrost-routing-info-key"]);
        Assert.Equal("clé", answer.Json.GetProperty("extra_fields").GetProperty("routing_info").GetProperty("key").GetString());
    }

    [Theory]
    [InlineData("{\"id\":\"c\",\"a\":[{\"x\":\"\\ud800\"}]}")]
    [InlineData("{\"id\":\"c\",\"\\ud800\":{\"password\":\"hidden\"}}")]
    [InlineData("{\"id\":\"c\",\"a\":1,\"a\":2}")]
    public async Task Names_that_are_no_text_leave_the_echo_whole(string sent)
    {
        await using var upstream = RawUpstream.Answering($"HTTP/1.1 200 OK\nContent-Length: {sent.Length}\n\n{sent}");
        var provider = TestSettings.OpenAI(upstream.Url, network: Between.Long) with { SendBackRawResponse = true };
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(provider));
        var text = await (await Between.GetAsync(gateway)).Content.ReadAsStringAsync();
        Assert.StartsWith(sent[..^1], text, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(text[text.IndexOf("\"extra_fields\":", StringComparison.Ordinal)..^1]["\"extra_fields\":".Length..]);
        Assert.True(document.RootElement.TryGetProperty("raw_response", out _));
    }
}
