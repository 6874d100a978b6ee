using Gateway.Fakes;
using Gateway.Scenarios.Hostile;
using Xunit;

namespace Gateway.Scenarios.Telemetry;

/// <summary>What failed stands out in the log; what a client did wrong does not.</summary>
public sealed class LogLevelTests
{
    [Theory]
    [InlineData(503, "Warning 1000 container_retrieve 50")]
    [InlineData(507, "Warning 1000 container_retrieve 50")]
    [InlineData(404, "Information 1000 container_retrieve 404")]
    public async Task Levels_of_completion_lines_follow_the_answer(int upstream, string line)
    {
        using var logs = new Logs();
        await using var server = await FakeServer.StartAsync(http =>
        {
            http.Response.StatusCode = upstream;
            return Task.CompletedTask;
        });
        await using var gateway = await RunningGateway.StartAsync(
            TestSettings.Of(TestSettings.OpenAI(server.Url, network: new() { MaxRetries = 0 })), logs);
        using var answer = await gateway.Client.GetAsync("/v1/containers/cntr_1");
        await Until.TrueAsync(
            () => logs.Lines.Any(each => each.StartsWith(line, StringComparison.Ordinal)), $"There is no such line: {string.Join('\n', logs.Lines)}");
    }
}
