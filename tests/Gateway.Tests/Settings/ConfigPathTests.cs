using Gateway.Settings;
using Xunit;

namespace Gateway.Tests.Settings;

public sealed class ConfigPathTests : IDisposable
{
    private readonly string _current = Directory.CreateTempSubdirectory("gateway-current-").FullName;
    private readonly string _executable = Directory.CreateTempSubdirectory("gateway-bin-").FullName;

    [Fact]
    public void Path_argument_wins_over_the_variable_and_that_over_the_default_places()
    {
        var beside = Touch(_executable);
        Assert.Equal(beside, Resolve([], null));
        var here = Touch(_current);
        Assert.Equal(here, Resolve([], null));
        Assert.Equal(here, Resolve([], ""));
        Assert.Equal(System.IO.Path.Combine(_current, "v.json"), Resolve([], "v.json"));
        Assert.Equal(System.IO.Path.Combine(_current, "a.json"), Resolve(["--other", "--config", "a.json"], "v.json"));
        Assert.Equal("/a/b.json", Resolve(["--config=/a/b.json"], "v.json"));
    }

    [Fact]
    public void Message_about_a_missing_configuration_says_where_it_was_looked_for()
    {
        var message = Assert.Throws<ConfigurationException>(() => Resolve([], null)).Message;
        Assert.Contains(System.IO.Path.Combine(_current, "config", "gateway.json"), message);
        Assert.Contains(System.IO.Path.Combine(_executable, "config", "gateway.json"), message);
        Assert.Contains("--config PATH or GATEWAY_CONFIG, or put the document into GATEWAY_CONFIG_JSON", message);
    }

    [Fact]
    public void Configuration_itself_may_be_in_the_environment_and_an_argument_wins_over_it()
    {
        Touch(_current);
        Assert.Equal("GATEWAY_CONFIG_JSON", Resolve([], null, "{}"));
        Assert.Equal("/a/b.json", Resolve(["--config=/a/b.json"], null, "{}"));
        Assert.Contains("both set", Assert.Throws<ConfigurationException>(() => Resolve([], "v.json", "{}")).Message);
        var settings = SettingsReader.Read(
            "GATEWAY_CONFIG_JSON", name => name == "GATEWAY_CONFIG_JSON" ? """{ "providers": { "local": {} } }""" : null, _current);
        Assert.Equal(("GATEWAY_CONFIG_JSON", System.IO.Path.Combine(_current, "data")), (settings.SourcePath, settings.DataDirectory));
        var refused = Assert.Throws<ConfigurationException>(
            () => SettingsReader.Read("GATEWAY_CONFIG_JSON", _ => """{ "prodivers": {} }""", _current));
        Assert.StartsWith("GATEWAY_CONFIG_JSON:1:3 $.prodivers", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--config")]
    [InlineData("--config=")]
    public void Configuration_option_without_a_path_is_refused(string argument) =>
        Assert.Throws<ConfigurationException>(() => Resolve([argument], null));

    [Fact]
    public void Configuration_file_that_does_not_exist_is_named()
    {
        var path = System.IO.Path.Combine(_current, "absent.json");
        var refused = Assert.Throws<ConfigurationException>(() => SettingsReader.Read(path, _ => null));
        Assert.Equal($"The configuration file {path} does not exist.", refused.Message);
        Assert.Contains("cannot be read", Assert.Throws<ConfigurationException>(() => SettingsReader.Read(_current, _ => null)).Message);
    }

    public void Dispose()
    {
        Directory.Delete(_current, recursive: true);
        Directory.Delete(_executable, recursive: true);
    }

    private string Resolve(string[] args, string? variable, string? document = null) =>
        ConfigPath.Resolve(
            args, name => name switch { "GATEWAY_CONFIG" => variable, "GATEWAY_CONFIG_JSON" => document, _ => null }, _current, _executable);

    private static string Touch(string directory)
    {
        var path = System.IO.Path.Combine(Directory.CreateDirectory(System.IO.Path.Combine(directory, "config")).FullName, "gateway.json");
        File.WriteAllText(path, "{}");
        return path;
    }
}
