using System.Text;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>Query parameters that decide something are checked; others travel as they are.</summary>
public sealed class QueryTests(World world) : IClassFixture<World>
{
    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("limit=-1", "limit")]
    [InlineData("limit=%2B1", "limit")]
    [InlineData("limit=1.0", "limit")]
    [InlineData("limit=", "limit")]
    [InlineData("limit", "limit")]
    [InlineData("limit=ten", "limit")]
    [InlineData("limit=99999999999999999999", "limit")]
    [InlineData("limit=%D9%A1", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("order=ASC", "order")]
    [InlineData("order=", "order")]
    [InlineData("order=asc&order=desc", "order")]
    [InlineData("after=..", "after")]
    [InlineData("after=a%2Fb", "after")]
    [InlineData("after=a%0d%0ab", "after")]
    [InlineData("after=%ff", "after")]
    [InlineData("after=a&after=b", "after")]
    [InlineData("provider=openai&provider=second", "provider")]
    [InlineData("provider=%00", "provider")]
    public async Task Query_parameter_that_is_wrong_is_named(string query, string param)
    {
        var seen = await world.SeenDuringAsync(async () =>
            Refusal.Of(await RawClient.AskAsync(world.Gateway, "GET", "/v1/containers?" + query), 400, param: param));
        Assert.Empty(seen);
    }

    [Theory]
    [InlineData("limit=1&limit=1", "limit=1")]
    [InlineData("order=desc", "limit=20")]
    [InlineData("order=asc&limit=100", "limit=100&order=asc")]
    [InlineData("after=", "limit=20")]
    [InlineData("after=cntr_1", "limit=20&after=cntr_1")]
    [InlineData("after=eyJ2IjoxLCJpIjowLCJjIjoiY250cl8xIn0", "limit=20&after=cntr_1")]
    [InlineData("after=eyJ2IjoxLCJpIjowLCJjIjoiY250cl8xIn0%3D", "limit=20&after=cntr_1")]
    [InlineData("after=eyGarbage", "limit=20&after=eyGarbage")]
    [InlineData("provider=openai&provider=openai", "limit=20")]
    [InlineData("name=a%20b", "limit=20&name=a%20b")]
    public async Task Query_parameter_that_is_right_arrives_upstream(string query, string arrived)
    {
        var seen = await world.SeenDuringAsync(async () =>
            Assert.Equal(200, (await RawClient.AskAsync(world.Gateway, "GET", "/v1/containers?" + query)).Status));
        Assert.Equal("/v1/containers?" + arrived, Assert.Single(seen).Target);
    }

    /// <summary>Names are case-sensitive, as they are upstream: a second spelling is another parameter and hides neither.</summary>
    [Theory]
    [InlineData("b=2&a=1&b=3&empty=&flag", "b=2&a=1&b=3&empty=&flag=")]
    [InlineData("include%5B%5D=x%26y", "include%5B%5D=x%26y")]
    [InlineData("Provider=x&provider=openai", "Provider=x")]
    [InlineData("LIMIT=5&limit=7", "LIMIT=5")]
    public async Task Query_parameters_of_others_travel_on_in_order(string query, string others)
    {
        var seen = await world.SeenDuringAsync(async () =>
            Refusal.Of(
                await RawClient.AskAsync(world.Gateway, "GET", "/v1/containers/c?" + query.Replace("&limit=7", "", StringComparison.Ordinal)), 404));
        Assert.Equal("/v1/containers/c?" + others, Assert.Single(seen).Target);
    }

    /// <summary>A client's credential is for this gateway, and signatures are for whoever signed.</summary>
    [Theory]
    [InlineData("api_key=sk-client&a=1")]
    [InlineData("a=1&KEY=sk-client")]
    [InlineData("access_token=t&token=t&sig=s&a=1")]
    [InlineData("X-Amz-Signature=s&X-Amz-Credential=c&a=1&x-bf-vk=sk-bf-1")]
    [InlineData("a=1&client_secret=s&password=p&subscription-key=k&ap%69_key=sk-client")]
    [InlineData("a=1&api-version=2025-04-01-preview&API-Version=preview")]
    public async Task Query_parameters_that_are_credentials_or_an_api_version_do_not_travel(string query)
    {
        var seen = await world.SeenDuringAsync(async () =>
            Refusal.Of(await RawClient.AskAsync(world.Gateway, "GET", "/v1/containers/c?" + query), 404));
        Assert.Equal("/v1/containers/c?a=1", Assert.Single(seen).Target);
    }

    [Fact]
    public async Task Second_spelling_of_a_query_parameter_does_not_hide_the_provider_or_the_page()
    {
        var seen = await world.SeenDuringAsync(async () =>
        {
            Refusal.Of(await RawClient.AskAsync(world.Gateway, "GET", "/v1/containers?Provider=openai&provider=nowhere"), 400, "provider_not_found");
            Assert.Equal(200, (await RawClient.AskAsync(world.Gateway, "GET", "/v1/containers?Limit=5&limit=7")).Status);
        });
        Assert.Contains("limit=7", Assert.Single(seen).Target, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cursor_that_holds_a_path_is_refused()
    {
        var cursor = Convert.ToBase64String(Encoding.UTF8.GetBytes("{\"v\":1,\"i\":0,\"c\":\"../../x\"}")).TrimEnd('=');
        Refusal.Of(await RawClient.AskAsync(world.Gateway, "GET", "/v1/containers?after=" + cursor), 400, param: "after");
    }
}
