using System.Text.RegularExpressions;
using Gateway.Fakes;
using Gateway.Scenarios.Telemetry;
using Xunit;

namespace Gateway.Scenarios.Lifecycle;

/// <summary>What the README tells a newcomer to type works as printed, with the configuration that is shipped.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public async Task The_first_lines_of_the_readme_do_what_they_say()
    {
        var commands = Commands().Match(Repository.Read("README.md")).Groups[1].Value;
        var directory = Directory.CreateTempSubdirectory("gateway-readme-").FullName;
        await using (var gateway = await GatewayProcess.StartAsync(
            directory, Repository.Read("config/gateway.json"),
            ("ASPNETCORE_URLS", "http://127.0.0.1:0"), ("GATEWAY_ADMIN_URLS", "http://127.0.0.1:0"), ("GATEWAY_DATA_DIRECTORY", directory)))
        {
            // No pipefail: head reads one line and leaves, and whether curl notices is chance.
            var (code, output) = await Tool.RunAsync(
                "bash", null, "-eu", "-c", commands.Replace("http://127.0.0.1:8080", gateway.Url, StringComparison.Ordinal));
            Assert.True(code == 0, output);
            Assert.Contains("\"path\":\"/mnt/data/README.md\"", output, StringComparison.Ordinal);
            Assert.Contains("# Gateway\n", output, StringComparison.Ordinal);
            Assert.Contains("\"object\":\"container.file.deleted\",\"deleted\":true", output, StringComparison.Ordinal);
            Assert.Contains("\"object\":\"container.deleted\",\"deleted\":true", output, StringComparison.Ordinal);
        }

        Directory.Delete(directory, recursive: true);
    }

    [GeneratedRegex("## Use it\n\n```bash\n(.*?)```", RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Commands();
}
