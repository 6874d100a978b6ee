using System.Net;
using System.Text;
using Gateway.Fakes;
using Gateway.Providers.Contract;
using Gateway.Scenarios.Hostile;
using Gateway.Settings;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Scenarios.Upstream;

/// <summary>What the network does for a dialect that answers a call with several requests.</summary>
public sealed class RecipeTests
{
    private static readonly UpstreamRequest s_get = new()
    {
        Method = "GET", Target = RequestTarget.Of("thing"), Idempotency = Idempotency.Safe,
    };

    [Fact]
    public async Task Relay_of_a_file_answers_the_range_that_the_client_asked_for()
    {
        await using var upstream = await FakeServer.StartAsync(http =>
        {
            http.Response.StatusCode = 206;
            http.Response.Headers.ContentRange = "bytes 1-3/9";
            return http.Response.WriteAsync($"{http.Request.Headers.Range}|{http.Request.Path}");
        });
        await using var gateway = await StartAsync(upstream, RelayAsync);
        using var response = await Between.DownloadAsync(gateway, "bytes=1-3");

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal("bytes 1-3/9", response.Content.Headers.ContentRange?.ToString());
        Assert.Equal("bytes=1-3|/thing", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Relay_that_is_refused_is_classified_by_its_dialect()
    {
        await using var upstream = await FakeServer.StartAsync(http =>
        {
            http.Response.StatusCode = 404;
            return http.Response.WriteAsync("no such thing");
        });
        await using var gateway = await StartAsync(upstream, RelayAsync);
        Assert.Equal("404 in the dialect's words", await Refusal.OfAsync(await Between.DownloadAsync(gateway), 404));
    }

    [Fact]
    public async Task Wait_longer_than_the_time_left_is_refused_at_once()
    {
        await using var upstream = await FakeServer.StartAsync(_ => Task.CompletedTask);
        await using var gateway = await StartAsync(upstream, async (_, network, cancellationToken) => Json(
            await network.WaitAsync(TimeSpan.FromHours(1), cancellationToken),
            await network.WaitAsync(TimeSpan.FromMilliseconds(1), cancellationToken)));

        Assert.Contains("\"waited\":\"False True\"", await gateway.Client.GetStringAsync("/v1/containers/c"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_of_a_recipe_share_the_time_of_their_call()
    {
        await using var upstream = await FakeServer.StartAsync(http => Task.Delay(450, http.RequestAborted));
        await using var gateway = await StartAsync(
            upstream,
            async (_, network, cancellationToken) =>
            {
                for (var i = 0; i < 3; i++)
                {
                    if (await network.SendAsync(s_get, cancellationToken) is UpstreamResult.Failed failed)
                    {
                        return new Reply.Failed(failed.Error);
                    }
                }

                return Json();
            },
            Between.Short);

        await Refusal.OfAsync(await Between.GetAsync(gateway), 504, "request_timed_out");
    }

    private static Reply.Json Json(params bool[] waited) =>
        new(Encoding.UTF8.GetBytes($$"""{"id":"c","object":"container","waited":"{{string.Join(' ', waited)}}"}"""));

    private static async ValueTask<Reply> RelayAsync(Call call, IUpstream upstream, CancellationToken cancellationToken) =>
        await upstream.RelayAsync(s_get, cancellationToken) switch
        {
            UpstreamResult.Streamed => Reply.Streamed.Instance,
            UpstreamResult.Answered answered => new Reply.Failed(answered.Response.Error!),
            UpstreamResult.Failed failed => new Reply.Failed(failed.Error),
            _ => throw new InvalidOperationException(),
        };

    private static Task<RunningGateway> StartAsync(FakeServer upstream, Recipe recipe, NetworkSettings? network = null) =>
        RunningGateway.StartAsync(TestSettings.Of(new ProviderSettings
        {
            Name = "recipes",
            Dialect = new Dialect { Name = "recipes", Create = _ => new Recipes(recipe), Credential = _ => new Unsigned() },
            Network = network ?? Between.Long,
            Accounts = [new Account { Name = "a", Id = "a", BaseAddress = new Uri(upstream.Url) }],
        }));

    private sealed class Unsigned : ICredential
    {
        public ValueTask SignAsync(SigningContext signing, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }

    private sealed class Recipes(Recipe recipe) : IProvider
    {
        public Plan Plan(Call call) => new Plan.Run(recipe);

        public GatewayError? Classify(UpstreamResponse response, Operation? operation) => response.IsSuccess ? null
            : GatewayError.Missing($"{response.Status} in the dialect's words");
    }
}
