using Gateway.Hosting;
using Xunit;

namespace Gateway.Tests;

/// <summary>Who mistypes a command is told so; nothing starts.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("")]
    [InlineData("--config a.json")]
    [InlineData("--config=a.json")]
    [InlineData("doctor")]
    [InlineData("doctor --config doctor")]
    [InlineData("ledger adopt cntr_1 cntr_2 --tenant team:one --provider docker --config a.json")]
    [InlineData("ledger adopt - --tenant=key:ann")]
    public void Command_line_that_is_understood_goes_on_to_the_start(string line) => Assert.Null(Run(line).Code);

    [Theory]
    [InlineData("docter", "docter")]
    [InlineData("--confg a.json", "--confg")]
    [InlineData("--config a.json b.json", "b.json")]
    [InlineData("--config a.json doctor", "doctor")]
    [InlineData("ledger", "ledger")]
    [InlineData("ledger adpot cntr_1 --tenant team:one", "adpot")]
    [InlineData("ledger adopt --tenant team:one", "adopt (whose ids?)")]
    [InlineData("ledger adopt cntr_1", "adopt (--tenant?)")]
    [InlineData("ledger adopt cntr_1 --tennant team:one", "--tennant")]
    public void Argument_that_is_not_understood_is_named_with_the_usage(string line, string unknown)
    {
        var (code, output, errors) = Run(line);
        Assert.Equal(64, code);
        Assert.Empty(output);
        Assert.Contains($"unknown argument: {unknown}", errors, StringComparison.Ordinal);
        Assert.Contains("usage: Gateway [doctor] [--config PATH] [--version]", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_is_printed_and_nothing_else()
    {
        var (code, output, errors) = Run("--version");
        Assert.Equal((0, ""), (code, errors));
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\s*$", output);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("doctor --help")]
    public void Help_is_given_where_it_is_asked_for(string line)
    {
        var (code, output, errors) = Run(line);
        Assert.Equal(0, code);
        Assert.Contains("GATEWAY_CONFIG", output, StringComparison.Ordinal);
        Assert.Empty(errors);
    }

    private static (int? Code, string Output, string Errors) Run(string line)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = CommandLine.Stop(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
