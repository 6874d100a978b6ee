using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Gateway.Scenarios.DropIn;
using OpenAI.Containers;
using Xunit;

namespace Gateway.Scenarios.Docker;

/// <summary>OpenAI's own clients, unmodified, against a real engine: nothing but the base URL is different.</summary>
[Collection(nameof(DockerWorld))]
public sealed partial class DockerClientTests(DockerWorld world, NodeWorkspace workspace) : IClassFixture<NodeWorkspace>
{
    // All but the walk through hundreds of containers, which says nothing about an engine and takes minutes with one.
    private const string NodeTests = "^(does|gets|names|uploads|streams|stops) ";

    [Fact]
    public async Task The_dotnet_client_does_all_nine_operations_on_an_engine()
    {
        await using var gateway = await world.GatewayAsync(name: "dotnet");
        var client = new ContainerClient(
            new System.ClientModel.ApiKeyCredential("sk-client"), new ContainerClientOptions { Endpoint = new Uri(gateway.Url + "/openai/v1") });
        ContainerResource created = await client.CreateContainerAsync(new ContainerCreationOptions("reports")
        {
            MemoryLimit = ContainerMemoryLimit.Max4GB,
            ExpirationPolicy = new() { Anchor = ContainerExpirationPolicyAnchor.LastActiveAt, Duration = TimeSpan.FromMinutes(15) },
        });
        Assert.Equal(("reports", "running", TimeSpan.FromMinutes(15)), (created.Name, created.Status, created.ExpirationPolicy.Duration));
        Assert.Equal(ContainerMemoryLimit.Max4GB, created.MemoryLimit);
        ContainerResource retrieved = await client.GetContainerAsync(created.Id);
        Assert.Equal((created.Id, created.CreatedAt), (retrieved.Id, retrieved.CreatedAt));
        Assert.Equal([created.Id], await client.GetContainersAsync(new ContainerCollectionOptions()).Select(container => container.Id).ToListAsync());

        var bytes = RandomNumberGenerator.GetBytes(300_000);
        var uploaded = await client.UploadAsync(created.Id, bytes, "häßlich – 統計.bin");
        ContainerFileResource file = await client.GetContainerFileAsync(created.Id, uploaded.Id());
        Assert.Equal(("/mnt/data/häßlich – 統計.bin", 300_000L, "user"), (file.Path, file.SizeInBytes, file.Source));
        BinaryData downloaded = await client.DownloadContainerFileAsync(created.Id, file.Id);
        Assert.Equal(bytes, downloaded.ToArray());
        Assert.Equal(bytes, await client.DownloadStreamAsync(created.Id, file.Id));

        // What a process in it writes is there for the client, too.
        var sum = await world.Engine.RunAsync(created.Id, "seq 100 105 | while read i; do echo $i > out$i; done; sha256sum out105");
        var files = await client.GetContainerFilesAsync(new ContainerFileCollectionOptions(created.Id) { PageSizeLimit = 2 }).ToListAsync();
        Assert.Equal(7, files.DistinctBy(item => item.Id).Count());
        var written = files.Single(item => item.Path == "/mnt/data/out105");
        Assert.Equal("assistant", written.Source);
        Assert.Equal(sum.Split(' ')[0], Convert.ToHexStringLower(SHA256.HashData(await client.DownloadStreamAsync(created.Id, written.Id))));

        ContainerFileDeletionResult fileGone = await client.DeleteContainerFileAsync(created.Id, file.Id);
        Assert.Equal((file.Id, true), (fileGone.ContainerFileId, fileGone.Deleted));
        ContainerDeletionResult gone = await client.DeleteContainerAsync(created.Id);
        Assert.Equal((created.Id, true), (gone.ContainerId, gone.Deleted));
        Assert.Empty(await client.GetContainersAsync(new ContainerCollectionOptions()).ToListAsync());
    }

    [Fact]
    public async Task Two_major_versions_of_the_node_client_pass_their_suite_on_an_engine()
    {
        await using var gateway = await world.GatewayAsync(name: "node");
        var (exitCode, output) = await workspace.RunAsync(
            "node", ["--test", "--test-reporter=spec", "--test-name-pattern=" + NodeTests],
            [new("GATEWAY_URL", gateway.Url), new("UPSTREAM_KIND", "Docker")]);

        Assert.True(exitCode == 0, output);
        Assert.True(Passed().Match(output) is { Success: true } passed && int.Parse(passed.Groups[1].Value) >= 20, output);
        Assert.Equal(2 * 3, output.Split("does all nine operations").Length - 1);
    }

    [GeneratedRegex(@"pass (\d+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Passed();
}
