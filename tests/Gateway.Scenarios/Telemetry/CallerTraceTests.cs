using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Telemetry;

/// <summary>A gateway that makes no spans takes no part in the trace; upstreams of one's own still learn of it.</summary>
public sealed class CallerTraceTests
{
    private const string Context = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Theory]
    [InlineData(true, true, Context, Context)]
    [InlineData(true, true, "00-not-a-context-01", null)]
    [InlineData(true, false, Context, null)]
    [InlineData(false, true, Context, null)]
    public async Task Trace_of_a_caller_goes_on_as_it_came_where_no_spans_are_made(bool propagates, bool accepts, string sent, string? arrives)
    {
        await using var upstream = await FakeOpenAI.StartAsync("sk-upstream");
        var provider = TestSettings.OpenAI(upstream.Url);
        var settings = TestSettings.Of(provider with { Network = provider.Network with { PropagateTrace = propagates } });
        await using var gateway = await RunningGateway.StartAsync(
            settings with { Telemetry = settings.Telemetry with { AcceptTraceContext = accepts } });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/containers?provider=openai");
        request.Headers.TryAddWithoutValidation("traceparent", sent);
        request.Headers.TryAddWithoutValidation("baggage", "user=somebody");
        using var response = await gateway.Client.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var headers = Assert.Single(upstream.Requests).Headers;
        Assert.Equal(arrives, headers.GetValueOrDefault("traceparent"));
        Assert.DoesNotContain("baggage", headers.Keys);
    }
}
