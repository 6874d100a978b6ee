using Gateway.Upstream;
using Xunit;

namespace Gateway.Tests;

/// <summary>The upstream side knows next to nothing of the API side, so that either can change by itself.</summary>
public sealed partial class ConventionTests
{
    /// <summary>What the upstream side takes from the API side, and why.</summary>
    private static readonly (string User, string Used)[] s_fromTheApi =
    [
        // An id of an upstream request goes into logs by the rule for those of clients.
        ("ResponseReader", "RequestIds"),

        // The client's body broke while it was sent upstream: told as the API tells it elsewhere.
        ("TransportFailure", "ClientFaults"),
    ];

    [Fact]
    public void Upstream_side_uses_only_listed_types_of_the_api_side() =>
        Assert.Equal(
            s_fromTheApi.Select(pair => $"{pair.User}: {pair.Used}").Order(),
            (from type in s_host.GetTypes()
             where type.Namespace == typeof(UpstreamSender).Namespace
             from used in UsedTypes.Of(type)
             where used.Namespace == "Gateway.Api"
             select $"{UsedTypes.Outermost(type).Name}: {used.Name}").Distinct().Order());
}
