using System.Reflection;
using System.Text.RegularExpressions;
using Gateway.Fakes;
using Gateway.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Scenarios.Telemetry;

public sealed partial class EventTests
{
    [Fact]
    public void Events_have_stable_ids_that_the_page_lists()
    {
        var events = typeof(GatewayHost).Assembly.GetTypes()
            .SelectMany(
                type => type.GetMethods(
                    BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>()
            .Select(
                message => $"{message.EventId} {(message.Level == LogLevel.None ? "varies" : message.Level.ToString().ToLowerInvariant())}").ToList();
        Assert.Distinct(events.Select(text => text.Split(' ')[0]));
        var page = Repository.Read("dashboards/README.md");
        var table = page[page.IndexOf("<!-- events:begin", StringComparison.Ordinal)..page.IndexOf("<!-- events:end", StringComparison.Ordinal)];
        Assert.Equal(events.Order(), Row().Matches(table).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}").Order());
    }

    [GeneratedRegex(@"^\| (\d+) \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
