using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Gateway.Fakes;
using Gateway.Providers.Contract;
using Gateway.Settings;
using NJsonSchema;
using Xunit;

namespace Gateway.Tests.Settings;

public sealed class SchemaTests
{
    private static readonly string s_directory = System.IO.Path.Combine(AppContext.BaseDirectory, "config");
    private static readonly string s_text = File.ReadAllText(System.IO.Path.Combine(s_directory, "gateway.schema.json"));
    private static readonly JsonElement s_root = JsonDocument.Parse(s_text).RootElement;

    public static TheoryData<string> Samples =>
        [.. Directory.EnumerateFiles(s_directory, "*.json", SearchOption.AllDirectories).Where(
            file => !file.EndsWith(".schema.json", StringComparison.Ordinal))
            .Select(file => System.IO.Path.GetRelativePath(s_directory, file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Every_sample_obeys_the_schema_and_is_read(string sample)
    {
        var path = System.IO.Path.Combine(s_directory, sample);
        var schema = await JsonSchema.FromJsonAsync(s_text, TestContext.Current.CancellationToken);
        Assert.Empty(schema.Validate(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)));
        var settings = SettingsReader.Read(path, name => name switch
        {
            "AZURE_OPENAI_ENDPOINT" => "https://x.openai.azure.com",
            "OPENAI_API_KEY" or "OPENAI_API_KEY_SPARE" or "SANDBOX_KEY" or "REDIS_URL" => $"value-of-{name}",
            "GATEWAY_CLIENT_KEY" or "GATEWAY_KEY_NOTEBOOKS" or "GATEWAY_KEY_CI" or "GATEWAY_KEY_OPERATORS" => $"sk-bf-0123456789abcdefghij-of-{name}",
            _ => null,
        });
        Assert.NotEmpty(settings.Providers);
        Assert.True(File.Exists(System.IO.Path.Combine(
            System.IO.Path.GetDirectoryName(path)!, JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("$schema").GetString()!)));
    }

    [Fact]
    public void The_shipped_file_works_with_no_key_and_no_warning()
    {
        var settings = SettingsReader.Read(System.IO.Path.Combine(s_directory, "gateway.json"), _ => null, "/srv");
        Assert.Equal(("local", "local", "/srv/data"), (settings.DefaultProvider, settings.DropInProvider, settings.DataDirectory));
        Assert.Null(Assert.Single(settings.Providers).Value.Unavailable);
        Assert.Empty(settings.Warnings);
    }

    [Fact]
    public void The_shipped_file_spells_out_the_defaults()
    {
        var shipped = SettingsReader.Read(System.IO.Path.Combine(s_directory, "gateway.json"), _ => null, "/srv");
        var defaults = ConfigFile.Read("""{ "providers": { "local": {} } }""");
        Assert.Equal(defaults.Server.Urls, shipped.Server.Urls);
        Assert.Equal(defaults.Server.AdminUrls, shipped.Server.AdminUrls);
        Assert.Equal(defaults.Server.DrainTimeout, shipped.Server.DrainTimeout);
        Assert.Equal(defaults.Client, shipped.Client with
        {
            AllowedOrigins = defaults.Client.AllowedOrigins, HeaderAllowList = defaults.Client.HeaderAllowList,
            HeaderDenyList = defaults.Client.HeaderDenyList,
        });
        Assert.Empty(shipped.Client.AllowedOrigins);
        Assert.Equal(defaults.Logging, shipped.Logging);
        Assert.Equal(defaults.Cache, shipped.Cache);
    }

    [Theory]
    [MemberData(nameof(ConfigMistakes.OfShape), MemberType = typeof(ConfigMistakes))]
    public async Task A_mistake_is_found_by_the_reader_and_by_the_schema(string json)
    {
        Assert.NotEmpty(ConfigFile.Refused(json, ("K", "k")));
        var schema = await JsonSchema.FromJsonAsync(s_text, TestContext.Current.CancellationToken);
        Assert.NotEmpty(schema.Validate(json));
    }

    [Theory]
    [MemberData(nameof(ConfigMistakes.OfMeaning), MemberType = typeof(ConfigMistakes))]
    public void A_mistake_of_meaning_is_found_by_the_reader(string json, string expected) =>
        Assert.EndsWith(expected, Assert.Single(ConfigFile.Refused(json, ("K", "k"))), StringComparison.Ordinal);

    [Fact]
    public void The_schema_and_the_reader_know_the_same_members()
    {
        var differences = new List<string>();
        Compare(s_root, ConfigDocumentContext.Default.ConfigDocument, "$", differences);
        Assert.Empty(differences);
    }

    /// <summary>
    /// Types, bounds, defaults and "needs a restart" are declared in the documents and written into the schema: <c>UPDATE_GOLDEN=1</c> does it.
    /// </summary>
    [Fact]
    public void The_schema_says_of_each_member_what_its_document_declares()
    {
        var schema = JsonNode.Parse(s_text)!.AsObject();
        DeclaredSchema.Write(schema, ConfigDocumentContext.Default.ConfigDocument);
        var written = schema.ToJsonString(DeclaredSchema.Format).ReplaceLineEndings("\n") + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(System.IO.Path.Combine(Repository.Root, "config", "gateway.schema.json"), written);
        }

        Assert.Equal(s_text, written);
    }

    [Fact]
    public void The_schema_describes_every_member() => Assert.Empty(Undescribed(s_root, "#"));

    private static void Compare(JsonElement schema, JsonTypeInfo type, string path, List<string> differences)
    {
        schema = Follow(schema);
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                var real = ProviderCatalog.All.Where(dialect => !dialect.Name.StartsWith("test", StringComparison.Ordinal)).ToList();
                var sections = real.Select(dialect => SectionIn(type.Type, dialect)).OfType<string>();
                var members = ShapeCheck.MembersOf(type).ToDictionary(member => member.Name, member => type.Options.GetTypeInfo(member.PropertyType));
                var inCode = members.Keys.Concat(IgnoredMembers.Of(type.Type)).Concat(sections).ToHashSet();
                var properties = schema.GetProperty("properties").EnumerateObject().ToDictionary(
                    property => property.Name, property => property.Value);
                differences.AddRange(inCode.Except(properties.Keys).Select(name => $"{path}.{name} is missing in the schema"));
                differences.AddRange(properties.Keys.Except(inCode).Select(name => $"{path}.{name} is missing in the reader"));
                differences.AddRange(schema.GetProperty("additionalProperties").ValueKind == JsonValueKind.False ? [] : [$"{path} is not closed"]);
                foreach (var (name, member) in members.Where(member => properties.ContainsKey(member.Key)))
                {
                    Compare(properties[name], member, $"{path}.{name}", differences);
                }

                break;
            case JsonTypeInfoKind.Enumerable:
                Compare(schema.GetProperty("items"), type.Options.GetTypeInfo(type.ElementType!), $"{path}[]", differences);
                break;
            case JsonTypeInfoKind.Dictionary when schema.TryGetProperty("patternProperties", out var patterns):
                Compare(patterns.EnumerateObject().Single().Value, type.Options.GetTypeInfo(type.ElementType!), $"{path}.*", differences);
                break;
            case JsonTypeInfoKind.Dictionary when path.EndsWith(".allowed_requests", StringComparison.Ordinal):
                var requests = Operation.All.Select(operation => operation.Name).Concat(IgnoredMembers.RequestTypes).ToHashSet();
                differences.AddRange(requests.Except(schema.GetProperty("properties").EnumerateObject().Select(property => property.Name)));
                differences.AddRange(schema.GetProperty("properties").EnumerateObject().Select(property => property.Name).Except(requests));
                break;
        }
    }

    /// <summary>The section a dialect has in a provider's or a key's document.</summary>
    private static string? SectionIn(Type document, Dialect dialect) =>
        document == typeof(ProviderDocument) ? dialect.Section?.Name
        : document == typeof(KeyDocument) ? dialect.KeySection?.Name
        : null;

    private static IEnumerable<string> Undescribed(JsonElement schema, string path)
    {
        if (schema.TryGetProperty("properties", out var properties) && !path.EndsWith("/allowed_requests", StringComparison.Ordinal))
        {
            foreach (var property in properties.EnumerateObject())
            {
                var described = Follow(property.Value);
                foreach (var missing in Undescribed(described, $"{path}/{property.Name}"))
                {
                    yield return missing;
                }

                if (!described.TryGetProperty("description", out var text) || text.GetString()!.Length < 8)
                {
                    yield return $"{path}/{property.Name}";
                }
            }
        }

        foreach (var definition in path == "#" ? schema.GetProperty("definitions").EnumerateObject() : default)
        {
            foreach (var missing in Undescribed(definition.Value, $"{path}/definitions/{definition.Name}"))
            {
                yield return missing;
            }
        }
    }

    private static JsonElement Follow(JsonElement schema) => schema.TryGetProperty("$ref", out var reference)
        ? s_root.GetProperty("definitions").GetProperty(reference.GetString()!["#/definitions/".Length..])
        : schema;
}
