using Gateway.Access;
using Gateway.Api;
using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Tests.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Api;

public sealed class CallDirectivesTests
{
    private const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private static readonly GatewaySettings s_settings = ConfigFile.Read("""{ "providers": { "local": {} } }""");

    [Fact]
    public void Request_that_says_nothing_beside_its_call_costs_nothing()
    {
        var headers = new HeaderDictionary { ["Authorization"] = "Bearer client", ["User-Agent"] = "x", ["Cache-Control"] = "banana" };
        Assert.Same(CallDirectives.None, Read(headers, Operation.ContainerRetrieve));
        Assert.Same(CallDirectives.None, Read(headers, Operation.ContainerList));
    }

    [Fact]
    public void Work_that_callers_share_keeps_tenant_and_rights_and_forgets_whose_key_it_was()
    {
        var key = ConfigFile.Read(
            """{ "providers": { "local": {} }, "governance": { "virtual_keys": [ { "name": "a", "value": "env.K" } ] } }""",
            ("K", "sk-bf-0123456789abcdefghij")).Access.Keys[0];
        var shared = new CallDirectives { Caller = KnownCallers.CallerOf(key), IdempotencyKey = "1" }.OfAnswer();
        Assert.Equal(new CallDirectives { Caller = new Caller { Tenant = key.Tenant, Rights = key.Rights } }.Caller.Tenant, shared.Caller.Tenant);
        Assert.Same(key.Rights, shared.Caller.Rights);
        Assert.True(shared is { Caller: { Key: null, Credentials.Count: 0 }, IdempotencyKey: null });
        Assert.Same(CallDirectives.None, new CallDirectives { IdempotencyKey = "1" }.OfAnswer());
    }

    [Fact]
    public void Pin_by_id_wins_over_one_by_name()
    {
        var both = new HeaderDictionary { ["x-bf-api-key"] = "name", ["x-bf-api-key-id"] = "id" };
        Assert.True(Read(both, Operation.ContainerFileContent).Pin is { IsId: true, Value: "id" });
        both.Remove("x-bf-api-key-id");
        Assert.True(Read(both, Operation.ContainerFileContent).Pin is { IsId: false, Value: "name" });
    }

    [Fact]
    public void Headers_travel_under_the_name_they_have_upstream()
    {
        var settings = s_settings with { Client = s_settings.Client with { HeaderAllowList = ["x-team"], HeaderDenyList = ["x-denied"] } };
        var headers = new HeaderDictionary
        {
            ["x-bf-eh-Zone"] = "eu",
            ["X-Team"] = new StringValues(["a", "b"]),
            ["x-bf-eh-authorization"] = "stolen",
            ["x-bf-eh-x-denied"] = "1",
            ["Cookie"] = "c",
        };
        var directives = Read(headers, Operation.ContainerRetrieve, settings);
        Assert.Equal([("X-Team", "a,b"), ("Zone", "eu")], directives.Forwarded.Select(header => (header.Key, header.Value.ToString())));
        Assert.True(directives.ShapesAnswer);
    }

    [Fact]
    public void Trace_is_the_clients_only_where_it_is_accepted()
    {
        var headers = new HeaderDictionary { ["traceparent"] = Trace, ["tracestate"] = "a=1" };
        var accepting = s_settings with { Telemetry = s_settings.Telemetry with { AcceptTraceContext = true } };
        var refusing = s_settings with { Telemetry = s_settings.Telemetry with { AcceptTraceContext = false } };
        Assert.Equal(new TraceContext(Trace, "a=1"), Read(headers, Operation.ContainerList, accepting).Trace);
        Assert.Same(CallDirectives.None, Read(headers, Operation.ContainerList, refusing));
    }

    [Theory]
    [InlineData("True", true)]
    [InlineData("false", false)]
    [InlineData("yes", null)]
    public void Strictness_is_said_of_lists_alone(string text, bool? strict)
    {
        var headers = new HeaderDictionary { ["x-bf-strict"] = text };
        Assert.Equal(strict, Read(headers, Operation.ContainerList).Strict);
        Assert.Null(Read(headers, Operation.ContainerRetrieve).Strict);
    }

    [Fact]
    public void Cache_directive_that_cannot_be_understood_is_refused_on_lists_alone()
    {
        var headers = new HeaderDictionary { ["x-bf-cache-ttl"] = "soon" };
        Assert.Equal("x-bf-cache-ttl", DirectivesReader.Read(headers, Operation.ContainerFileList, s_settings).Error?.Param);
        Assert.Same(CallDirectives.None, Read(headers, Operation.ContainerDelete));
    }

    [Fact]
    public void Echo_is_the_clients_to_ask_for_only_where_that_is_allowed()
    {
        var headers = new HeaderDictionary { ["x-bf-send-back-raw-request"] = "true", ["x-bf-send-back-raw-response"] = "FALSE" };
        var allowing = s_settings with { Client = s_settings.Client with { AllowPerRequestRawOverride = true } };
        var directives = Read(headers, Operation.ContainerRetrieve, allowing);
        Assert.Equal((true, false), (directives.EchoRequest, directives.EchoResponse));
        Assert.Same(CallDirectives.None, Read(headers, Operation.ContainerRetrieve));
    }

    [Fact]
    public void Create_says_its_key_and_which_retry_it_is()
    {
        var headers = new HeaderDictionary { ["Idempotency-Key"] = "k", ["x-stainless-retry-count"] = "2" };
        var create = Read(headers, Operation.ContainerCreate);
        Assert.Equal(("k", 2), (create.IdempotencyKey, create.RetryCount));
        Assert.Same(CallDirectives.None, Read(headers, Operation.ContainerDelete));
        var unclear = Read(new HeaderDictionary { ["x-stainless-retry-count"] = "-1" }, Operation.ContainerCreate);
        Assert.Equal((null, 0), (unclear.IdempotencyKey, unclear.RetryCount));
    }

    [Theory]
    [InlineData(255, null)]
    [InlineData(256, "Idempotency-Key")]
    public void Key_longer_than_its_bound_is_refused(int length, string? param)
    {
        var headers = new HeaderDictionary { ["Idempotency-Key"] = new string('k', length) };
        Assert.Equal(param, DirectivesReader.Read(headers, Operation.ContainerCreate, s_settings).Error?.Param);
    }

    [Fact]
    public void Credentials_a_client_presents_are_not_told_by_its_directives()
    {
        var headers = new HeaderDictionary { ["Authorization"] = "Bearer secret-1", ["x-api-key"] = "secret-2" };
        Assert.DoesNotContain("secret-", Read(headers, Operation.ContainerCreate).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Work_that_others_wait_for_knows_no_more_of_a_client_than_shapes_the_answer()
    {
        var headers = new HeaderDictionary { ["x-bf-api-key"] = "a", ["x-bf-eh-zone"] = "eu", ["x-bf-strict"] = "true", ["x-bf-cache-ttl"] = "1" };
        using var load = new CancellationTokenSource();
        using var left = new CancellationTokenSource();
        var exchange = new Exchange("id", s_settings, new FakeTimeProvider())
        {
            Directives = Read(headers, Operation.ContainerList),
            Aborted = left.Token,
        };
        var shared = exchange.Fork(load.Token);
        Assert.Equal((exchange.Directives.Pin, null, load.Token), (shared.Directives.Pin, shared.Directives.Strict, shared.Aborted));
        Assert.Equal(exchange.Directives.Forwarded, shared.Directives.Forwarded);
        Assert.Same(CallDirectives.None.Cache, shared.Directives.Cache);
        Assert.Same(CallDirectives.None, exchange.Detach().Directives);
        Assert.Equal(CancellationToken.None, exchange.Detach().Aborted);
    }

    private static CallDirectives Read(HeaderDictionary headers, Operation operation, GatewaySettings? settings = null)
    {
        Assert.True(DirectivesReader.Read(headers, operation, settings ?? s_settings).Ok(out var directives, out _));
        return directives;
    }
}
