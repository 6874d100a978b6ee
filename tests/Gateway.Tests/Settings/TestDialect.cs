using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Providers.Contract;

namespace Gateway.Tests.Settings;

/// <summary>A dialect with both kinds of section, so that the reader is tested without leaning on what a real one happens to have.</summary>
internal static class TestDialect
{
    public const string Name = "testbox";

    private static readonly Dialect s_dialect = new()
    {
        Name = Name,
        Create = _ => throw new NotSupportedException(),
        Credential = _ => new NoCredential(),
        Section = new ConfigSection("testbox_config", section => section.Deserialize(TestDialectContext.Default.TestSection)!),
        KeySection = new ConfigSection("testbox_key_config", ReadKey),
        Address = key => new AccountAddress(
            new Uri(key.KeyBaseUrl ?? (key.Options as TestKeySection)?.Endpoint ?? key.ProviderBaseUrl
                ?? throw new ConfigSectionException("testbox_key_config.endpoint", "is required")),
            [new("from", "testbox")]),
    };

    private static readonly ConfigSection s_gridSection = new("testgrid_config", ReadKey);

    /// <summary>One that needs no key; provider and keys have the same section.</summary>
    private static readonly Dialect s_keyless = new()
    {
        Name = "testgrid",
        Create = _ => throw new NotSupportedException(),
        Credential = _ => new NoCredential(),
        NeedsKey = false,
        NeedsKeyValue = false,
        Section = s_gridSection,
        KeySection = s_gridSection,
        Address = key => new AccountAddress(
            new Uri((key.Options as TestKeySection)?.Endpoint ?? throw new ConfigSectionException("testgrid_config.endpoint", "is required")), []),
    };

    private static readonly Lazy<bool> s_registered = new(() =>
    {
        ProviderCatalog.Register(s_dialect);
        ProviderCatalog.Register(s_keyless);
        return true;
    });

    /// <summary>Adds it to the catalog, once.</summary>
    public static bool Register() => s_registered.Value;

    private static TestKeySection ReadKey(JsonElement section)
    {
        var options = section.Deserialize(TestDialectContext.Default.TestKeySection)!;
        return options.Endpoint == "https://forbidden.test"
            ? throw new ConfigSectionException("endpoint", $"{options.Endpoint} is forbidden")
            : options;
    }

    private sealed class NoCredential : ICredential
    {
        public ValueTask SignAsync(SigningContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}

internal sealed record TestSection
{
    [JsonPropertyName("size")]
    public int Size { get; set; } = 7;
}

internal sealed record TestKeySection
{
    [JsonPropertyName("endpoint")]
    public string? Endpoint { get; set; }

    [JsonPropertyName("tags")]
    public string[]? Tags { get; set; }
}

[JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(TestSection))]
[JsonSerializable(typeof(TestKeySection))]
internal sealed partial class TestDialectContext : JsonSerializerContext;
