using Xunit;

namespace Gateway.Tests.Settings;

public sealed class ShapeTests
{
    [Theory]
    [InlineData("""{ "prodivers": {} }""", "$.prodivers: unknown member \"prodivers\"; did you mean \"providers\"?")]
    [InlineData("""{ "server": { "url": "" } }""", "$.server.url: unknown member \"url\"; did you mean \"urls\"?")]
    [InlineData("""{ "providers": { "openai": { "key": [] } } }""", "$.providers.openai.key: unknown member \"key\"; did you mean \"keys\"?")]
    [InlineData(
        """{ "providers": { "openai": { "keys": [ {}, { "wieght": 1 } ] } } }""",
        "$.providers.openai.keys[1].wieght: unknown member \"wieght\"; did you mean \"weight\"?")]
    [InlineData("""{ "something_else": 1 }""", "$.something_else: unknown member \"something_else\"")]
    [InlineData("{ \"a\\nb\": 1 }", "$['a\\nb']: unknown member \"a\\nb\"")]
    public void An_unknown_member_is_refused_with_the_nearest_known_one(string json, string expected) =>
        Assert.EndsWith(expected, Assert.Single(ConfigFile.Refused(json)), StringComparison.Ordinal);

    [Theory]
    [InlineData("""[]""", "gateway.json:1:1 $: must be an object, but is an array")]
    [InlineData("""{ "providers": [] }""", "gateway.json:1:3 $.providers: must be an object, but is an array")]
    [InlineData(
        """{ "providers": { "openai": null } }""",
        "gateway.json:1:18 $.providers.openai: must be an object, but is null; leave the member out to get its default")]
    [InlineData("""{ "server": { "urls": 8080 } }""", "gateway.json:1:15 $.server.urls: must be a text, but is another number")]
    [InlineData("""{ "cache": { "enabled": "yes" } }""", "gateway.json:1:14 $.cache.enabled: must be true or false, but is a text")]
    [InlineData("""{ "cache": { "ttl_seconds": 1.5 } }""", "gateway.json:1:14 $.cache.ttl_seconds: must be a whole number, but is another number")]
    [InlineData(
        """{ "cache": { "ttl_seconds": 99999999999 } }""", "gateway.json:1:14 $.cache.ttl_seconds: must be a whole number, but is another number")]
    [InlineData(
        """{ "client": { "allowed_origins": [ "*", 1 ] } }""",
        "gateway.json:1:41 $.client.allowed_origins[1]: must be a text, but is another number")]
    [InlineData(
        """{ "providers": { "openai": { "keys": [ { "weight": "1" } ] } } }""",
        "gateway.json:1:42 $.providers.openai.keys[0].weight: must be a number, but is a text")]
    public void A_wrong_type_is_refused_with_its_place(string json, string expected) =>
        Assert.Equal(expected, Assert.Single(ConfigFile.Refused(json)));

    [Fact]
    public void All_problems_are_reported_at_once_in_the_order_of_the_file()
    {
        var shape = ConfigFile.Refused("{\n\"cache\": { \"x\": 1 },\n\"server\": 1,\n\"y\": 1 }");
        Assert.Equal(["gateway.json:2:12", "gateway.json:3:1", "gateway.json:4:1"], shape.Select(problem => problem.Split(' ')[0]));

        var meaning = ConfigFile.Refused(
            """
            {
              "cache": { "ttl_seconds": 0 },
              "default_provider": "nobody",
              "providers": {
                "openai": { "keys": [ { "value": "", "weight": -1 } ], "network_config": { "max_retries": 11 } },
                "Bad Name": {}
              }
            }
            """);
        Assert.Equal(
            [
                "$.cache.ttl_seconds", "$.default_provider", "$.providers.openai.keys[0].value", "$.providers.openai.keys[0].weight",
                "$.providers.openai.network_config.max_retries", "$.providers['Bad",
            ],
            meaning.Select(problem => problem.Split(' ')[1].TrimEnd(':')));
    }
}
