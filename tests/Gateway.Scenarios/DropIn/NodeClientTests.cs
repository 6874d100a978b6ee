using System.Text.RegularExpressions;
using Xunit;

namespace Gateway.Scenarios.DropIn;

/// <summary>The official Node.js clients, unmodified, pass their suite in <c>tests/sdk-node</c>.</summary>
public sealed partial class NodeClientTests(NodeWorkspace workspace) : IClassFixture<NodeWorkspace>
{
    [Theory]
    [InlineData(UpstreamKind.FakeOpenAI)]
    [InlineData(UpstreamKind.ThreeAccounts)]
    [InlineData(UpstreamKind.Local)]
    public async Task Two_major_versions_of_the_node_client_work_unmodified(UpstreamKind kind)
    {
        await using var world = await DropInWorld.StartAsync(kind);
        if (kind == UpstreamKind.FakeOpenAI)
        {
            FaultyContainers.AddTo(world.Upstream!);
        }

        var (exitCode, output) = await workspace.RunAsync(
            "node", ["--test", "--test-reporter=spec"], [new("GATEWAY_URL", world.Gateway.Url), new("UPSTREAM_KIND", kind.ToString())]);

        Assert.True(exitCode == 0, output);

        // A suite that ran nothing is no proof.
        Assert.True(Passed().Match(output) is { Success: true } passed && int.Parse(passed.Groups[1].Value) >= 20, output);

        // A stream's length is not known to the client, so that its upload goes all the way without one; a buffer's keeps it.
        var uploads = world.Upstream?.Requests
            .Where(request => request.Headers.GetValueOrDefault("Content-Type", "").StartsWith("multipart/", StringComparison.Ordinal)).ToList();
        Assert.True(uploads?.Exists(upload => upload.Headers.GetValueOrDefault("Transfer-Encoding") == "chunked") ?? true);
        Assert.True(uploads?.Exists(upload => upload.Headers.ContainsKey("Content-Length")) ?? true);
    }

    [GeneratedRegex(@"pass (\d+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Passed();
}
