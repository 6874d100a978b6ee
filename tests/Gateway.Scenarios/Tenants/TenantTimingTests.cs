using System.Diagnostics;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Tenants;

/// <summary>How long an answer takes does not say whether another tenant has the container.</summary>
public sealed class TenantTimingTests
{
    private const int Calls = 2000;

    /// <summary>What else runs on the machine shows in a measurement; a difference that is there shows in all of them.</summary>
    private const int Measurements = 5;

    [Theory]
    [InlineData("local", 1)]
    [InlineData("openai", 1)]
    [InlineData("openai", 2)]
    public async Task Anothers_container_takes_as_long_as_one_that_never_was(string provider, int accounts)
    {
        await using var world = await TenantWorld.StartAsync(provider, accounts);
        var foreign = await world.Ann.CreateAsync();
        await world.Ann.ReadAsync($"/v1/containers/{foreign}");
        var missing = foreign[..^8] + "00000000";
        var differences = new List<string>();
        for (var measurement = 0; measurement < Measurements; measurement++)
        {
            var (seen, unseen) = await MeasureAsync(world.Bob, foreign, missing);
            if (Math.Abs(seen - unseen) <= Math.Max(0.2, 0.05 * Math.Max(seen, unseen)))
            {
                return;
            }

            differences.Add($"another's {seen:0.000} ms, missing {unseen:0.000} ms");
        }

        Assert.Fail(string.Join("; ", differences));
    }

    /// <summary>Medians in milliseconds, of calls that take turns in an order that changes.</summary>
    private static async Task<(double Foreign, double Missing)> MeasureAsync(HttpClient caller, string foreign, string missing)
    {
        var times = new[] { new List<double>(Calls), new List<double>(Calls) };
        for (var call = 0; call < Calls * 2; call++)
        {
            var which = (call + (call / 2)) % 2;
            var started = Stopwatch.GetTimestamp();
            using var answer = await caller.GetAsync($"/v1/containers/{(which == 0 ? foreign : missing)}");
            times[which].Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            Assert.Equal(404, (int)answer.StatusCode);
        }

        return (Median(times[0]), Median(times[1]));

        static double Median(List<double> all) => all.Order().ElementAt(all.Count / 2);
    }
}
