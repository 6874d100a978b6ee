using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>A call has one provider, wherever it is said.</summary>
public sealed class ProviderNameTests(World world) : IClassFixture<World>
{
    private const string Json = "Content-Type: application/json\r\n";

    [Theory]
    [InlineData("?provider=openai", "", "{\"name\":\"c\",\"provider\":\"second\"}")]
    [InlineData("?provider=openai", "x-bf-provider: second\r\n", "{\"name\":\"c\"}")]
    [InlineData("", "x-bf-provider: second\r\n", "{\"name\":\"c\",\"provider\":\"openai\"}")]
    [InlineData("", "x-bf-provider: second\r\nx-bf-provider: openai\r\n", "{\"name\":\"c\"}")]
    public async Task Provider_names_that_contradict_each_other_are_refused(string query, string header, string body)
    {
        var seen = await world.SeenDuringAsync(async () => Refusal.Of(await world.CreateAsync(body, Json + header, query), 400, param: "provider"));
        Assert.Empty(seen);
    }

    [Theory]
    [InlineData("?provider=openai", "x-bf-provider: openai\r\n")]
    [InlineData("", "x-bf-provider: second\r\n")]
    public async Task Provider_names_that_agree_are_accepted(string query, string header)
    {
        var named = header.Split(' ')[1].Trim();
        var answer = await world.CreateAsync($"{{\"name\":\"c\",\"provider\":\"{named}\"}}", Json + header, query);
        Assert.Equal(200, answer.Status);
        Assert.Equal(named, answer.Headers["x-bifrost-provider"]);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("OpenAI")]
    [InlineData("../openai")]
    [InlineData("<script>")]
    public async Task Provider_name_that_nobody_configured_gets_bifrosts_message(string name)
    {
        var seen = await world.SeenDuringAsync(async () =>
        {
            var message = Refusal.Of(await world.CreateAsync($"{{\"name\":\"c\",\"provider\":\"{name}\"}}"), 400, "provider_not_found", "provider");
            Assert.Equal("failed to get config for provider: not found", message);
        });
        Assert.Empty(seen);
    }

    [Fact]
    public async Task Provider_name_that_is_too_long_or_odd_is_not_echoed()
    {
        var name = new string('x', 65);
        var answer = await RawClient.AskAsync(world.Gateway, "GET", "/v1/containers?provider=" + name);
        Refusal.Of(answer, 400, "provider_not_found", "provider");
        Assert.DoesNotContain(name, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Provider_without_a_containers_api_is_unsupported()
    {
        var answer = await RawClient.AskAsync(world.Gateway, "GET", "/v1/containers/c/files?provider=cohere");
        Assert.Equal("container_file_list is not supported by cohere provider", Refusal.Of(answer, 400, "unsupported_operation"));
        Assert.Equal("cohere", answer.Json.GetProperty("extra_fields").GetProperty("provider").GetString());
        Assert.Equal("container_file_list", answer.Json.GetProperty("extra_fields").GetProperty("request_type").GetString());
    }
}
