using System.Text.Json.Serialization.Metadata;
using Gateway.Fakes;
using Gateway.Settings;
using Xunit;

namespace Gateway.Tests.Settings;

public sealed class RestartMembersTests
{
    [Fact]
    public void Edit_of_what_needs_a_restart_is_named_and_left_alone()
    {
        var inForce = ConfigFile.Read(ConfigFile.With("\"cache\": { \"max_entries\": 200, \"ttl_seconds\": 7 }")).InForce;
        var next = Read(
            """
            { "providers": { "local": {} }, "server": { "drain_delay_seconds": 9 }, "cache": { "max_entries": 300, "ttl_seconds": 8 } }
            """,
            inForce);
        Assert.Equal(["server.drain_delay_seconds", "cache.max_entries"], next.AwaitRestart);
        Assert.Equal(TimeSpan.Zero, next.Server.DrainDelay);
        Assert.Equal((200, TimeSpan.FromSeconds(8)), (next.Cache.MaxEntries, next.Cache.Ttl));

        // Taken back.
        Assert.Empty(Read(ConfigFile.With("\"cache\": { \"max_entries\": 200 }"), next.InForce).AwaitRestart);
    }

    [Fact]
    public void Edit_of_what_needs_a_restart_is_judged_at_once()
    {
        var inForce = ConfigFile.Read(ConfigFile.With("\"cache\": {}")).InForce;
        Assert.Throws<ConfigurationException>(() => Read(ConfigFile.With("\"cache\": { \"max_entries\": 1 }"), inForce));
        Assert.Throws<ConfigurationException>(() => Read(ConfigFile.With("\"server\": { \"urls\": \"gateway\" }"), inForce));
    }

    [Fact]
    public void Certificate_may_change_and_only_its_coming_and_going_needs_a_restart()
    {
        static ConfigDocument With(string? certificate) => new()
        {
            Server = new ServerDocument { Tls = certificate is null ? null : new TlsDocument { Certificate = certificate } },
        };

        var next = With("new.pem");
        Assert.Empty(RestartMembers.Keep(next, With("old.pem")));
        Assert.Equal("new.pem", next.Server.Tls?.Certificate);

        Assert.Equal(["server.tls"], RestartMembers.Keep(next, With(null)));
        Assert.Null(next.Server.Tls);
    }

    [Fact]
    public void What_is_in_force_keeps_no_other_part_of_the_file()
    {
        var kept = ConfigFile.Read(ConfigFile.OpenAI("\"keys\": [ { \"value\": \"sk-literal\" } ]")).InForce!;
        Assert.Empty(kept.Providers);
        Assert.Null(kept.Client.Jwt);
    }

    [Fact]
    public void Readme_names_all_that_needs_a_restart()
    {
        var readme = File.ReadAllText(System.IO.Path.Combine(Repository.Root, "README.md")).ReplaceLineEndings(" ");
        var end = readme.IndexOf("need a restart.", StringComparison.Ordinal);
        var sentence = readme[readme.LastIndexOf(". ", end, StringComparison.Ordinal)..end];
        Assert.All(Members(ConfigDocumentContext.Default.ConfigDocument, ""), member => Assert.True(
            sentence.Contains($"`{member}`", StringComparison.Ordinal) || sentence.Contains($"`{member.Split('.')[0]}`", StringComparison.Ordinal),
            member));
    }

    private static IEnumerable<string> Members(JsonTypeInfo type, string path) => ShapeCheck.MembersOf(type).SelectMany(member =>
        RestartMembers.Contains(member) ? [path + member.Name]
        : type.Options.GetTypeInfo(member.PropertyType) is { Kind: JsonTypeInfoKind.Object } section ? Members(section, $"{path}{member.Name}.")
        : []);

    private static GatewaySettings Read(string json, ConfigDocument? inForce) => SettingsReader.Read(
        ConfigPath.DocumentVariable, name => name == ConfigPath.DocumentVariable ? json : null, inForce: inForce);
}
