using System.Text.RegularExpressions;
using Xunit;

namespace Gateway.Tests;

/// <summary>The list of failed tests says which promises are broken, to whoever reads nothing else.</summary>
public sealed partial class ConventionTests
{
    private const int FewestWords = 4;

    private static IEnumerable<(string Path, string Text)> TestSources =>
        Files("tests", "*.cs").Select(file => (file, File.ReadAllText(file))).Where(source => TestMethod().IsMatch(source.Item2));

    [Fact]
    public void Tests_are_in_a_class_named_for_its_feature_in_a_file_of_its_name() =>
        Assert.All(TestSources, source =>
        {
            // Parts of one class have their own name behind it.
            var name = System.IO.Path.GetFileName(source.Path).Split('.')[0];
            Assert.EndsWith("Tests", name, StringComparison.Ordinal);
            var types = TestClass().Matches(source.Text).Select(match => match.Groups[1].Value);
            Assert.Equal([name], types.Where(type => type.EndsWith("Tests", StringComparison.Ordinal)));
        });

    [Fact]
    public void Names_of_tests_are_sentences_of_four_words_or_more() =>
        Assert.Empty(
            from source in TestSources
            from Match method in TestMethod().Matches(source.Text)
            let name = method.Groups[1].Value
            where name.Split('_').Length < FewestWords || Fragment().IsMatch(name)
            select $"{System.IO.Path.GetFileName(source.Path)}: {name}");

    [GeneratedRegex(
        @"^\s+\[(?:Fact|Theory)\b[\s\S]*?^\s+public (?:async )?(?:Task|ValueTask|void) (\w+)\(", RegexOptions.Multiline,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"^(?:public|internal) [\w ]*\bclass (\w+)", RegexOptions.Multiline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex TestClass();

    /// <summary>What has no subject of its own.</summary>
    [GeneratedRegex("^(?:It|Of|That|Are|Is|Has|Do|With|Within|Before|By|As)_", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Fragment();
}
