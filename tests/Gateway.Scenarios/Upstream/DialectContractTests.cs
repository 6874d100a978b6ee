using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gateway.Fakes;
using Gateway.Hosting;
using Gateway.Providers.Contract;
using Gateway.Scenarios.Hostile;
using Gateway.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Scenarios.Upstream;

/// <summary>What the contract promises to a dialect, shown with one that uses all of it.</summary>
public sealed class DialectContractTests
{
    private const string Token = "token-of-the-service-0001";

    [Fact]
    public async Task A_request_carries_its_own_headers_to_its_own_endpoint_and_the_answers_headers_come_back()
    {
        await using var upstreams = await Upstreams.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(upstreams.Provider()));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/containers/c");
        request.Headers.Add("x-bf-eh-X-Thing", "the client's");
        using var response = await gateway.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal("next-1", body.RootElement.GetProperty("next").GetString());
        var received = Assert.Single(upstreams.OfFiles);
        Assert.Equal(("/files/things/c", "the dialect's"), (received.Target, received.Headers["X-Thing"]));
        Assert.Empty(upstreams.OfBase);
    }

    [Fact]
    public async Task A_token_is_fetched_once_over_the_providers_connections_kept_over_a_reload_and_never_shown()
    {
        await using var upstreams = await Upstreams.StartAsync();
        var settings = TestSettings.Of(upstreams.Provider());
        await using var gateway = await RunningGateway.StartAsync(settings);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Client.GetAsync("/v1/containers/c")).StatusCode);
        var live = gateway.Services.GetRequiredService<LiveSettings>();
        var current = gateway.Services.GetRequiredService<SettingsSource>().Current;
        await live.ApplyAsync(
            current with { Revision = "other", Providers = TestSettings.Of(upstreams.Provider()).Providers }, CancellationToken.None);
        using var second = await gateway.Client.GetAsync("/v1/containers/c");

        Assert.Equal(1, upstreams.TokensGiven);
        Assert.All(upstreams.OfFiles, received => Assert.Equal($"Bearer {Token}", received.Headers["Authorization"]));
        Assert.Equal("***", JsonDocument.Parse(await second.Content.ReadAsStringAsync()).RootElement.GetProperty("echo").GetString());
    }

    [Fact]
    public async Task A_token_service_that_is_down_is_told_and_says_nothing_about_the_account()
    {
        await using var upstreams = await Upstreams.StartAsync();
        upstreams.IsTokenServiceDown = true;
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(upstreams.Provider()));
        for (var i = 0; i < 6; i++)
        {
            await Refusal.OfAsync(await gateway.Client.GetAsync("/v1/containers/c"), 502, "token_service_failed");
        }

        upstreams.IsTokenServiceDown = false;
        Assert.Equal(HttpStatusCode.OK, (await gateway.Client.GetAsync("/v1/containers/c")).StatusCode);
    }

    [Theory]
    [InlineData("c1-x.y")]
    [InlineData("-c")]
    [InlineData("evil.example/")]
    [InlineData("")]
    public void An_open_endpoint_takes_one_label_and_nothing_else(string label)
    {
        Assert.False(UpstreamEndpoint.TryOf("box", label, out _));
        Assert.True(UpstreamEndpoint.TryOf("box", "49983-abc", out var endpoint));
        var account = new Account
        {
            Name = "a", Id = "a", BaseAddress = new Uri("http://base"), Endpoints = [new AccountEndpoint("box", "https://*.boxes.example/v1/")],
        };
        Assert.Equal("https://49983-abc.boxes.example/v1", account.PrefixFor(endpoint));
        Assert.Throws<InvalidOperationException>(() => account.PrefixFor(UpstreamEndpoint.Of("box")));
        Assert.Throws<InvalidOperationException>(() => account.PrefixFor(UpstreamEndpoint.Of("other")));
    }

    /// <summary>A base address, an endpoint for files, and a token service.</summary>
    private sealed class Upstreams : IAsyncDisposable
    {
        private FakeServer? _base;
        private FakeServer? _files;
        private FakeServer? _tokens;
        private int _tokensGiven;

        public ConcurrentQueue<Received> OfBase { get; } = new();

        public ConcurrentQueue<Received> OfFiles { get; } = new();

        public bool IsTokenServiceDown { get; set; }

        public int TokensGiven => _tokensGiven;

        public static async Task<Upstreams> StartAsync()
        {
            var upstreams = new Upstreams();
            upstreams._base = await FakeServer.StartAsync(async http => upstreams.OfBase.Enqueue(await Received.ReadAsync(http)));
            upstreams._files = await FakeServer.StartAsync(async http =>
            {
                upstreams.OfFiles.Enqueue(await Received.ReadAsync(http));
                http.Response.Headers["X-Next-Token"] = "next-1";
                http.Response.Headers["X-Echo"] = Token;
            });
            upstreams._tokens = await FakeServer.StartAsync(async http =>
            {
                if (upstreams.IsTokenServiceDown)
                {
                    http.Response.StatusCode = 503;
                    return;
                }

                Interlocked.Increment(ref upstreams._tokensGiven);
                await http.Response.WriteAsync(Token);
            });
            return upstreams;
        }

        public ProviderSettings Provider()
        {
            var dialect = new Dialect { Name = "box", Create = _ => new Box(), Credential = context => new BoxCredential(context, _tokens!.Url) };
            return new ProviderSettings
            {
                Name = "box",
                Dialect = dialect,
                Network = Between.Long,
                Accounts =
                [
                    new Account
                    {
                        Name = "a",
                        Id = "a",
                        BaseAddress = new Uri(_base!.Url),
                        Endpoints = [new AccountEndpoint("files", _files!.Url + "/files")],
                        FurtherSecrets = [new Secret("second-half-of-the-key")],
                    },
                ],
            };
        }

        public async ValueTask DisposeAsync()
        {
            await _base!.DisposeAsync();
            await _files!.DisposeAsync();
            await _tokens!.DisposeAsync();
        }
    }

    private sealed class Box : IProvider
    {
        public Plan Plan(Call call) =>
            call.Operation == Operation.ContainerRetrieve ? new Plan.Run(RetrieveAsync) : Providers.Contract.Plan.Unsupported.Instance;

        public GatewayError? Classify(UpstreamResponse response, Operation? operation) => GatewayError.BadUpstream("it failed", response.Status);

        private static async ValueTask<Reply> RetrieveAsync(Call call, IUpstream upstream, CancellationToken cancellationToken)
        {
            var request = new UpstreamRequest
            {
                Method = "GET",
                Target = RequestTarget.Of("things", call.Container!.Value.Value),
                Endpoint = UpstreamEndpoint.Of("files"),
                Headers = [new("X-Thing", "the dialect's")],
                Idempotency = Idempotency.Safe,
            };
            return await upstream.SendAsync(request, cancellationToken) switch
            {
                UpstreamResult.Answered { Response: { Error: null } answer } => new Reply.Json(Encoding.UTF8.GetBytes(
                    $$"""{"id":"c","object":"container","next":"{{answer.Headers["X-Next-Token"]}}","echo":"{{answer.Headers["X-Echo"]}}"}""")),
                UpstreamResult.Answered answered => new Reply.Failed(answered.Response.Error!),
                UpstreamResult.Failed failed => new Reply.Failed(failed.Error),
                _ => throw new InvalidOperationException(),
            };
        }
    }

    /// <summary>A token of a service, fetched with the first request.</summary>
    private sealed class BoxCredential(CredentialContext context, string service) : ICredential
    {
        private string? _token;

        public async ValueTask SignAsync(SigningContext signing, CancellationToken cancellationToken)
        {
            _token ??= await FetchAsync(cancellationToken);
            signing.Request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        }

        private async Task<string> FetchAsync(CancellationToken cancellationToken)
        {
            using var http = new HttpMessageInvoker(context.Http, disposeHandler: false);
            using var request = new HttpRequestMessage(HttpMethod.Get, service);
            using var response = await http.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                throw new CredentialException(GatewayError.BadUpstream("the token service failed", code: "token_service_failed"));
            }

            var token = await response.Content.ReadAsStringAsync(cancellationToken);
            context.Account.Learned.Add(new Secret(token));
            return token;
        }
    }
}
