using System.Text;
using Gateway.Cache;
using Gateway.Providers.Contract;
using Xunit;

namespace Gateway.Tests.Cache;

public sealed class FreshnessTests
{
    private const long Now = 1_800_000_000;

    private static readonly DateTimeOffset s_now = DateTimeOffset.FromUnixTimeSeconds(Now);

    /// <summary>Containers as a list shows them, and how many seconds the list stays true; -1 for as long as you like.</summary>
    public static TheoryData<string, double> Lists => new()
    {
        { "", -1 },
        { Container(active: Now - 30, minutes: 1), 30 },
        { $"{Container(active: Now, minutes: 20)},{Container(active: Now - 55, minutes: 1)},{Container(active: Now, minutes: 5)}", 5 },
        { """{"id":"a","status":"running","created_at":1799999990,"expires_after":{"minutes":1,"anchor":"last_active_at"}}""", 50 },
        { """{"id":"a","status":"running","created_at":1,"last_active_at":null,"expires_after":{"minutes":1}}""", -1 },
        { Container(active: Now - 30, minutes: 1, status: "expired"), -1 },
        { Container(active: Now - 30, minutes: 1, status: "deleted"), -1 },
        { Container(active: Now - 90, minutes: 1), 1 },
        { Container(active: Now - 60 - 599, minutes: 1), 1 },
        { Container(active: Now - 60 - 601, minutes: 1), -1 },
        { """{"id":"a","status":"running","created_at":1799999990,"expires_after":null}""", -1 },
        { """{"id":"a","created_at":"soon","expires_after":{"minutes":"many","of":{"minutes":1}},"last_active_at":[1,{"status":"x"}]}""", -1 },
        { """{"id":"a","status":"running","created_at":1e400,"expires_after":{"minutes":1e400}}""", -1 },
        { """{"id":"a","status":"running","created_at":1799999990,"expires_after":{"minutes":-1e400}}""", -1 },
        { """1,"x",[{"created_at":1}],null,{}""", -1 },
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public void Cached_containers_are_shown_as_running_only_up_to_their_time(string containers, double seconds)
    {
        var list = Encoding.UTF8.GetBytes($$"""{"object":"list","x":{"data":[]},"data":[{{containers}}],"has_more":false}""");
        Assert.Equal(
            seconds < 0 ? DateTimeOffset.MaxValue : s_now.AddSeconds(seconds), Freshness.EndOf(list, Operation.ContainerList, s_now));
    }

    [Fact]
    public void Cached_files_are_listed_for_at_most_the_shortest_time_in_which_their_container_can_expire() =>
        Assert.Equal(s_now.AddMinutes(1), Freshness.EndOf("""{"data":[{"id":"f"}]}"""u8, Operation.ContainerFileList, s_now));

    private static string Container(long active, int minutes, string status = "running") => $$"""
        {"id":"a","created_at":1700000000,"status":"{{status}}","expires_after":{"anchor":"last_active_at","minutes":{{minutes}}},
        "last_active_at":{{active}},"metadata":{"status":"expired","minutes":"9"} }
        """;
}
