using System.Reflection;
using System.Text.RegularExpressions;
using Gateway.Fakes;
using Gateway.Hosting;
using Gateway.Providers.Contract;
using Gateway.Sqlite;
using Xunit;

namespace Gateway.Tests;

/// <summary>The rules of the house, kept by the build rather than by memory.</summary>
public sealed partial class ConventionTests
{
    private static readonly Assembly s_host = typeof(GatewayHost).Assembly;
    private static readonly Assembly s_providers = typeof(ProviderCatalog).Assembly;
    private static readonly Assembly s_sqlite = typeof(SqliteDatabase).Assembly;
    private static readonly string[] s_projects = ["Gateway", "Gateway.Providers", "Gateway.Sqlite"];

    [Fact]
    public void Dialects_reference_no_server_library()
    {
        var references = s_providers.GetReferencedAssemblies().Select(assembly => assembly.Name!).ToList();
        Assert.DoesNotContain(references, name =>
            name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || name.StartsWith("Yarp", StringComparison.Ordinal)
            || name.StartsWith("StackExchange", StringComparison.Ordinal) || name.StartsWith("OpenTelemetry", StringComparison.Ordinal));
    }

    [Fact]
    public void Databases_know_neither_dialects_nor_the_server() =>
        Assert.DoesNotContain(s_sqlite.GetReferencedAssemblies(), assembly =>
            assembly.Name!.StartsWith("Gateway", StringComparison.Ordinal)
            || assembly.Name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));

    [Fact]
    public void The_host_exposes_no_public_types() =>
        Assert.Empty(s_host.GetExportedTypes().Where(type => type.Namespace?.StartsWith("Gateway", StringComparison.Ordinal) == true)
            .Where(type => type.Name != "Program").Select(type => type.FullName));

    [Fact]
    public void Classes_are_sealed_static_or_abstract() =>
        Assert.Empty(OurTypes()
            .Where(
                type => type is { IsClass: true, IsSealed: false, IsAbstract: false }
                    && type.Namespace?.StartsWith("Gateway", StringComparison.Ordinal) == true)
            .Where(
                type => !type.Name.Contains('<', StringComparison.Ordinal)
                    && type.GetCustomAttribute<System.Runtime.CompilerServices.CompilerGeneratedAttribute>() is null)
            .Select(type => type.FullName));

    [Fact]
    public void Nothing_is_public_static_and_mutable() =>
        Assert.Empty(OurTypes()
            .Where(
                type => type.Namespace?.StartsWith("Gateway", StringComparison.Ordinal) == true
                    && !type.IsEnum && !type.Name.Contains('<', StringComparison.Ordinal))
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Where(field => field is { IsInitOnly: false, IsLiteral: false })
            .Select(field => $"{field.DeclaringType!.FullName}.{field.Name}"));

    [Fact]
    public void Types_are_named_for_what_they_are() =>
        Assert.Empty(OurTypes()
            .Where(type => type.Namespace?.StartsWith("Gateway", StringComparison.Ordinal) == true && EmptyName().IsMatch(type.Name))
            .Select(type => type.FullName));

    [Fact]
    public void Namespaces_are_those_of_the_folders()
    {
        foreach (var source in s_projects.SelectMany(Sources))
        {
            var declared = Namespace().Match(source.Text);
            if (declared.Success)
            {
                var project = source.Path.Split("/src/")[1];
                Assert.Equal(System.IO.Path.GetDirectoryName(project)!.Replace('/', '.'), declared.Groups[1].Value);
            }
        }
    }

    [Fact]
    public void Source_files_have_at_most_300_lines() =>
        Assert.Empty(
            s_projects.SelectMany(Sources)
                .Where(source => source.Text.Count(c => c == '\n') > 300).Select(source => source.Path));

    [Fact]
    public void Comments_cite_what_everybody_can_read()
    {
        var lines = Files("src", "*.cs").Concat(Files("tests", "*.cs")).SelectMany(file => File.ReadLines(file).Select(line => $"{file}: {line}"));
        Assert.DoesNotContain(lines, line => PrivateReference().IsMatch(line));
    }

    [Fact]
    public void The_operations_are_nine_and_their_names_are_bifrosts()
    {
        Assert.Equal(
            [
                "container_create", "container_list", "container_retrieve", "container_delete", "container_file_create",
                "container_file_list", "container_file_retrieve", "container_file_content", "container_file_delete",
            ],
            Operation.All.Select(operation => operation.Name));
    }

    [GeneratedRegex("(Manager|Helper|Util|Utils|Utility|Base|Service)$")]
    private static partial Regex EmptyName();

    [GeneratedRegex("^namespace ([A-Za-z0-9_.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(
        @"//.*\b((contract|engineering|design|reference|hostile-input|bifrost-contract|structure-review)\s+(§|[A-Z]\.\d)|issue\s+#?\d+\b)",
        RegexOptions.IgnoreCase)]
    private static partial Regex PrivateReference();

    private static IEnumerable<Type> OurTypes() => new[] { s_host, s_providers, s_sqlite }.SelectMany(assembly => assembly.GetTypes());

    private static IEnumerable<(string Path, string Text)> Sources(string project) =>
        Files($"src/{project}", "*.cs").Select(file => (file, File.ReadAllText(file)));

    private static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(System.IO.Path.Combine(Repository.Root, folder), pattern, SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));
}
