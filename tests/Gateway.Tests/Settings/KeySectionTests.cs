using Xunit;

namespace Gateway.Tests.Settings;

/// <summary>A dialect that needs no key and takes some all the same: an account for each place, whose section inherits from the provider's.</summary>
public sealed class KeySectionTests
{
    public KeySectionTests() => TestDialect.Register();

    [Fact]
    public void Key_inherits_what_it_does_not_give_each_member_as_a_whole()
    {
        var provider = ConfigFile.Read(Grid(
            """
            "testgrid_config": { "endpoint": "http://common.test", "tags": [ "env.T", "y" ] },
            "keys": [ { "name": "a" }, { "name": "b", "weight": 0, "testgrid_config": { "endpoint": "env.B", "tags": [ "z" ] } },
                      { "testgrid_config": { "endpoint": "http://c.test" } } ]
            """), ("T", "x"), ("B", "http://b.test")).Providers["testgrid"];
        Assert.Equal(
            [("a", 1d, "http://common.test/", "x y"), ("b", 0d, "http://b.test/", "z"), ("key-3", 1d, "http://c.test/", "x y")],
            provider.Accounts.Select(account => (
                account.Name, account.Weight, account.BaseAddress.AbsoluteUri, string.Join(' ', ((TestKeySection)account.Options!).Tags!))));
    }

    [Theory]
    [InlineData("")]
    [InlineData(", \"keys\": []")]
    public void Provider_without_keys_has_one_account_of_its_own_section(string keys)
    {
        var settings = ConfigFile.Read(Grid($$""" "testgrid_config": { "endpoint": "http://one.test" }{{keys}} """));
        var account = Assert.Single(settings.Providers["testgrid"].Accounts);
        Assert.Equal(("default", "http://one.test/"), (account.Name, account.BaseAddress.AbsoluteUri));
    }

    [Fact]
    public void Value_of_a_key_that_is_not_needed_is_told_to_mean_nothing()
    {
        var settings = ConfigFile.Read(Grid(""" "keys": [ { "value": "env.UNSET", "testgrid_config": { "endpoint": "http://a.test" } } ] """));
        Assert.True(Assert.Single(settings.Providers["testgrid"].Accounts).Secret.IsEmpty);
        Assert.Contains(
            "keys[0].value: has no effect: testgrid has nothing to authenticate with", Assert.Single(settings.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Key_whose_section_refers_to_nothing_is_left_out()
    {
        var settings = ConfigFile.Read(Grid(
            """ "keys": [ { "testgrid_config": { "endpoint": "env.UNSET" } }, { "testgrid_config": { "endpoint": "http://b.test" } } ] """));
        Assert.Equal("key-2", Assert.Single(settings.Providers["testgrid"].Accounts).Name);
    }

    [Theory]
    [InlineData(
        """[ { "name": "a" }, { "name": "b" } ]""",
        "$.providers.testgrid.keys[1].testgrid_config: leads to http://common.test, as the key \"a\" does")]
    [InlineData("""[ { "testgrid_config": 7 } ]""", "$.providers.testgrid.keys[0].testgrid_config: must be an object")]
    [InlineData("""[ { "testgrid_config": { "endpiont": "x" } } ]""", "$.providers.testgrid.keys[0].testgrid_config.endpiont: unknown member")]
    [InlineData(
        """[ { "testbox_key_config": {} } ]""", "$.providers.testgrid.keys[0].testbox_key_config: belongs to testbox; this provider speaks testgrid")]
    public void Mistake_in_a_key_is_named_with_its_place(string keys, string expected) => Assert.EndsWith(
        expected,
        Assert.Single(ConfigFile.Refused(Grid($$""" "testgrid_config": { "endpoint": "http://common.test" }, "keys": {{keys}} """))),
        StringComparison.Ordinal);

    [Fact]
    public void Mistake_in_the_providers_section_is_told_once() => Assert.EndsWith(
        "$.providers.testgrid.testgrid_config.tags: has the wrong type",
        Assert.Single(ConfigFile.Refused(Grid(""" "testgrid_config": { "tags": 7 }, "keys": [ { "name": "a" }, { "name": "b" } ] """))),
        StringComparison.Ordinal);

    private static string Grid(string members) => $$"""{ "providers": { "testgrid": { {{members}} } } }""";
}
