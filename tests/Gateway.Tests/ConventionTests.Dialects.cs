using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Fakes;
using Gateway.Providers.Contract;
using Xunit;

namespace Gateway.Tests;

/// <summary>
/// A dialect is one folder, its fixtures, its section of the schema and its line in the README; nothing else names it, so that adding one changes
/// nothing else.
/// <para>
/// Exempt are names that are no dialect's where they stand: <c>openai</c>, which is also the API all clients speak; the names of Bifrost's own
/// configuration; <c>local</c> as what a first configuration may hold. Comments may name one as an example. Tests may configure any provider by its
/// name, but the types of a dialect belong to the tests in a folder of its name.
/// </para>
/// </summary>
public sealed partial class ConventionTests
{
    private const string Api = "openai";

    private static readonly (string File, string? Name)[] s_otherMeanings =
    [
        ("src/Gateway.Providers/Contract/ProviderCatalog.cs", null), ("src/Gateway/Settings/IgnoredMembers.cs", null),
        ("src/Gateway/Settings/SettingsReader.cs", "local"), ("schema #/properties/data_directory", "local"),
    ];

    private static IEnumerable<Dialect> RealDialects => ProviderCatalog.All.Where(dialect => dialect.Create.Method.Module.Assembly == s_providers);

    public static TheoryData<string> DialectNames => [.. RealDialects.Select(dialect => dialect.Name)];

    [Theory]
    [MemberData(nameof(DialectNames))]
    public void Code_outside_its_folder_names_no_dialect(string name)
    {
        var dialect = Find(name);
        var folder = FolderOf(dialect);
        var types = new Regex($@"\b({string.Join('|', TypesOf(folder))})\b", RegexOptions.None, TimeSpan.FromSeconds(5));
        foreach (var (path, text) in Sources("Gateway").Concat(Sources("Gateway.Providers")).Where(source => !IsBelow(source.Path, folder)))
        {
            var code = string.Join('\n', text.Split('\n').Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)));
            var literals = StringLiteral().Matches(code).Select(match => match.Value.Trim('"'));
            Assert.Empty(IsExempt(path, name) ? [] : literals.Where(literal => Names(dialect, literal)).Select(literal => $"{path}: {literal}"));

            // A dialect may be built on another, as those of OpenAI's shape are.
            var isDialect = RealDialects.Any(other => IsBelow(path, FolderOf(other)));
            Assert.Empty(isDialect ? [] : types.Matches(code).Select(match => $"{path}: {match.Value}"));
        }
    }

    [Theory]
    [MemberData(nameof(DialectNames))]
    public void Tests_outside_its_folders_use_no_types_of_a_dialect(string name)
    {
        var folder = FolderOf(Find(name));
        var users = Files("tests", "*.cs").Where(
            file => File.ReadAllText(file).Contains($"using Gateway.Providers.{folder};", StringComparison.Ordinal));
        Assert.All(users, file => Assert.True(IsBelow(file, folder), file));
    }

    [Theory]
    [MemberData(nameof(DialectNames))]
    public void Schema_names_a_dialect_in_its_section_only(string name)
    {
        using var schema = JsonDocument.Parse(File.ReadAllBytes(System.IO.Path.Combine(Repository.Root, "config/gateway.schema.json")));
        var dialect = Find(name);
        Assert.Empty(Naming(schema.RootElement, "#", dialect));
        var definitions = schema.RootElement.GetProperty("definitions");
        Assert.All(
            new[] { ("provider", dialect.Section?.Name), ("key", dialect.KeySection?.Name) }, place => Assert.True(
                place.Item2 is null
                || definitions.GetProperty(place.Item1).GetProperty("properties").TryGetProperty(place.Item2, out _), place.Item2));
    }

    [Theory]
    [MemberData(nameof(DialectNames))]
    public void Readme_of_a_dialect_is_linked_from_one_line(string name)
    {
        var readme = $"src/Gateway.Providers/{FolderOf(Find(name))}/README.md";
        Assert.True(File.Exists(System.IO.Path.Combine(Repository.Root, readme)), $"There is no {readme}.");
        Assert.Single(File.ReadLines(System.IO.Path.Combine(Repository.Root, "README.md")), line => line.Contains(readme, StringComparison.Ordinal));
    }

    [Fact]
    public void Dialects_have_a_folder_each() =>
        Assert.Equal(RealDialects.Count(), RealDialects.Select(FolderOf).Distinct().Count());

    [Fact]
    public void Description_of_the_api_names_no_dialect()
    {
        var text = File.ReadAllText(System.IO.Path.Combine(Repository.Root, "src/Gateway/Docs/containers.openapi.json"));
        Assert.All(
            RealDialects.Where(dialect => dialect.Name is not (Api or "local")),
            dialect => Assert.DoesNotContain($"`{dialect.Name}`", text, StringComparison.Ordinal));
    }

    private static Dialect Find(string name) => RealDialects.Single(dialect => dialect.Name == name);

    private static string FolderOf(Dialect dialect) => dialect.Create.Method.DeclaringType!.Namespace!.Split('.')[^1];

    private static IEnumerable<string> TypesOf(string folder) =>
        s_providers.GetTypes().Where(type => type.Namespace == $"Gateway.Providers.{folder}" && !type.IsNested).Select(
            type => Regex.Escape(type.Name));

    private static IEnumerable<string> SectionsOf(Dialect dialect) =>
        new[] { dialect.Section, dialect.KeySection }.OfType<ConfigSection>().Select(section => section.Name);

    private static bool IsBelow(string path, string folder) => path.Contains($"/{folder}/", StringComparison.Ordinal);

    private static bool IsExempt(string place, string name) =>
        name == Api
        || s_otherMeanings.Any(other => place.EndsWith(other.File, StringComparison.Ordinal) && (other.Name is null || other.Name == name));

    /// <summary>The name by itself, or in quotes inside of a text, or that of a section.</summary>
    private static bool Names(Dialect dialect, string literal) =>
        literal == dialect.Name || literal.Contains($"\\\"{dialect.Name}\\\"", StringComparison.Ordinal)
        || SectionsOf(dialect).Any(section => literal.Contains(section, StringComparison.Ordinal));

    private static IEnumerable<string> Naming(JsonElement schema, string path, Dialect dialect)
    {
        var word = new Regex($@"(?<![\w./-]){Regex.Escape(dialect.Name)}(?![\w/-]|\.\w)", RegexOptions.None, TimeSpan.FromSeconds(1));
        return schema.ValueKind switch
        {
            JsonValueKind.Object => schema.EnumerateObject().Where(member => !SectionsOf(dialect).Contains(member.Name))
                .SelectMany(member => Naming(member.Value, $"{path}/{member.Name}", dialect)),
            JsonValueKind.Array => schema.EnumerateArray().SelectMany(item => Naming(item, path, dialect)),
            JsonValueKind.String when word.IsMatch(schema.GetString()!) && !IsExempt($"schema {path[..path.LastIndexOf('/')]}", dialect.Name) =>
                [path],
            _ => [],
        };
    }

    [GeneratedRegex("""
        "(?:[^"\\\n]|\\.)*"
        """, RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex StringLiteral();
}
