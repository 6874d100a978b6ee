using System.Text.Json;
using Gateway.Fakes;
using Gateway.Providers.Contract;
using Gateway.Scenarios.Hostile;
using Xunit;

namespace Gateway.Scenarios.Lifecycle;

/// <summary>What keeps the gateway from Redis is told in words an operator can act on.</summary>
public sealed class RedisStateTests
{
    [Fact]
    public async Task Wrong_password_of_redis_is_told_by_the_log_and_the_ready_page()
    {
        await using var redis = await RedisServer.StartAsync("right-password");
        await ExpectAsync($"redis://:planted-password@127.0.0.1:{redis.Port}", "the user or password is wrong");
        await ExpectAsync($"redis://127.0.0.1:{redis.Port}", "a password is needed");
    }

    [Fact]
    public async Task Dead_port_of_redis_is_told_and_a_good_connection_is_ok()
    {
        await ExpectAsync($"redis://127.0.0.1:{Ports.Free()}", "the connection is refused");
        await using var redis = await RedisServer.StartAsync("right-password");
        await ExpectAsync(redis.Url, "ok");
    }

    private static async Task ExpectAsync(string address, string state)
    {
        using var logs = new Logs();
        var settings = TestSettings.Of(TestSettings.Local());
        await using var gateway = await RunningGateway.StartAsync(
            settings with { Cache = settings.Cache with { Redis = new Secret(address), RedisTimeout = RedisServer.Patience } }, logs);
        using var http = new HttpClient();
        var page = "";
        try
        {
            await Until.TrueAsync(
                async () => (page = await http.GetStringAsync(gateway.AdminUrl + "/readyz")).Contains(
                    $"\"redis\":\"{JsonEncodedText.Encode(state)}\"", StringComparison.Ordinal),
                "");
        }
        catch (TimeoutException)
        {
            Assert.Fail($"The page does not say '{state}' but {page}; the log: {string.Join('\n', logs.Lines)}");
        }

        Assert.DoesNotContain("planted", page, StringComparison.Ordinal);
        if (state != "ok")
        {
            await Until.TrueAsync(() => logs.Lines.Any(line => line.Contains(state, StringComparison.Ordinal)), "The log does not say it.");
        }

        Assert.DoesNotContain(logs.Lines, line => line.Contains("planted", StringComparison.Ordinal));
    }
}
