using Gateway.Settings;
using Xunit;

namespace Gateway.Tests.Settings;

/// <summary>A config file in a directory of its own, and the environment it is read in.</summary>
internal sealed class ConfigFile : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-settings-").FullName;

    public ConfigFile(string json) => File.WriteAllText(Path, json);

    public string Path => System.IO.Path.Combine(_directory, "gateway.json");

    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Writes another file beside it and returns its path.</summary>
    public string Beside(string name, string text)
    {
        var path = System.IO.Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        return path;
    }

    public GatewaySettings Read() => SettingsReader.Read(Path, name => Environment.GetValueOrDefault(name), _directory);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>Reads a text that is fine.</summary>
    public static GatewaySettings Read(string json, params (string Name, string Value)[] environment)
    {
        using var file = new ConfigFile(json);
        foreach (var (name, value) in environment)
        {
            file.Environment[name] = value;
        }

        return file.Read();
    }

    /// <summary>Reads a text that is not, and returns the problems as they are printed.</summary>
    public static string[] Refused(string json, params (string Name, string Value)[] environment) =>
        Assert.Throws<ConfigurationException>(() => Read(json, environment)).Message.Split('\n');

    /// <summary>A document with one provider <c>openai</c> that holds these members.</summary>
    public static string OpenAI(string members) => $$"""{ "providers": { "openai": { {{members}} } } }""";

    /// <summary>A document with one usable provider and these other members.</summary>
    public static string With(string members) => $$"""{ "providers": { "local": {} }, {{members}} }""";
}
