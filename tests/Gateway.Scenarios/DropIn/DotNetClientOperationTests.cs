using System.ClientModel;
using System.Text.Json;
using OpenAI.Containers;
using Xunit;

namespace Gateway.Scenarios.DropIn;

/// <summary>The official .NET client, unmodified, does everything it can do.</summary>
public sealed class DotNetClientOperationTests
{
    [Theory]
    [InlineData(UpstreamKind.FakeOpenAI, "/openai/v1")]
    [InlineData(UpstreamKind.FakeOpenAI, "/openai")]
    [InlineData(UpstreamKind.FakeOpenAI, "/v1")]
    [InlineData(UpstreamKind.Local, "/openai/v1")]
    [InlineData(UpstreamKind.Local, "/v1/")]
    public async Task All_nine_operations_work_by_the_dotnet_client(UpstreamKind kind, string path)
    {
        await using var world = await DropInWorld.StartAsync(kind);
        var client = world.Containers(path);

        ContainerResource created = await client.CreateContainerAsync(new ContainerCreationOptions("reports")
        {
            MemoryLimit = ContainerMemoryLimit.Max4GB,
            ExpirationPolicy = new() { Anchor = ContainerExpirationPolicyAnchor.LastActiveAt, Duration = TimeSpan.FromMinutes(15) },
        });
        Assert.Equal(("reports", "container", "running"), (created.Name, created.Object, created.Status));
        Assert.Equal(ContainerMemoryLimit.Max4GB, created.MemoryLimit);
        Assert.Equal(TimeSpan.FromMinutes(15), created.ExpirationPolicy.Duration);
        Assert.True(created.CreatedAt > DateTimeOffset.UnixEpoch);

        ContainerResource retrieved = await client.GetContainerAsync(created.Id);
        Assert.Equal((created.Id, created.Name, created.CreatedAt), (retrieved.Id, retrieved.Name, retrieved.CreatedAt));
        ContainerCollectionPage page = await client.GetContainerCollectionPageAsync(new ContainerCollectionOptions());
        Assert.Equal([created.Id], page.Data.Select(item => item.Id));
        Assert.Equal((created.Id, created.Id, false), (page.FirstId, page.LastId, page.HasMore));

        var bytes = Random.Shared.GetItems(Enumerable.Range(0, 256).Select(i => (byte)i).ToArray(), 300_000);
        var uploaded = await client.UploadAsync(created.Id, bytes, "data.bin");
        ContainerFileResource file = await client.GetContainerFileAsync(created.Id, uploaded.Id());
        Assert.Equal(("/mnt/data/data.bin", 300_000L, "user", created.Id), (file.Path, file.SizeInBytes, file.Source, file.ContainerId));
        ContainerFileCollectionPage files = await client.GetContainerFileCollectionPageAsync(new ContainerFileCollectionOptions(created.Id));
        Assert.Equal([file.Id], files.Data.Select(item => item.Id));

        BinaryData downloaded = await client.DownloadContainerFileAsync(created.Id, file.Id);
        Assert.Equal(bytes, downloaded.ToArray());
        Assert.Equal(bytes, await client.DownloadStreamAsync(created.Id, file.Id));

        ContainerFileDeletionResult fileGone = await client.DeleteContainerFileAsync(created.Id, file.Id);
        Assert.Equal((file.Id, true), (fileGone.ContainerFileId, fileGone.Deleted));
        ContainerDeletionResult gone = await client.DeleteContainerAsync(created.Id);
        Assert.Equal((created.Id, true), (gone.ContainerId, gone.Deleted));
        page = await client.GetContainerCollectionPageAsync(new ContainerCollectionOptions());
        Assert.Empty(page.Data);
    }

    [Theory]
    [InlineData(UpstreamKind.FakeOpenAI)]
    [InlineData(UpstreamKind.Local)]
    public async Task Create_takes_the_body_as_the_dotnet_client_writes_it(UpstreamKind kind)
    {
        await using var world = await DropInWorld.StartAsync(kind);
        var client = world.Containers();
        var source = await CreateAsync(client, """{"name":"source"}""");
        var file = (await client.UploadAsync(source.Id(), "a,b\n"u8.ToArray(), "rows.csv")).Id();

        var body = $$$"""
            {"name":"copy","memory_limit":"1g","file_ids":["{{{file}}}"],
             "expires_after":{"anchor":"last_active_at","minutes":5},"network_policy":{"type":"disabled"}}
            """;
        var copy = await CreateAsync(client, body);

        Assert.Equal("1g", copy.GetProperty("memory_limit").GetString());
        Assert.Equal(5, copy.GetProperty("expires_after").GetProperty("minutes").GetInt32());
        if (kind == UpstreamKind.FakeOpenAI)
        {
            Assert.Equal(body, world.Upstream!.Requests.Last().Text);
            return;
        }

        var copied = await client.GetContainerFilesAsync(new ContainerFileCollectionOptions(copy.Id())).SingleAsync();
        BinaryData bytes = await client.DownloadContainerFileAsync(copy.Id(), copied.Id);
        Assert.Equal(("/mnt/data/rows.csv", "a,b\n"), (copied.Path, bytes.ToString()));
    }

    [Theory]
    [InlineData(UpstreamKind.FakeOpenAI)]
    [InlineData(UpstreamKind.Local)]
    public async Task A_file_can_be_named_by_its_id_in_json_and_in_a_form(UpstreamKind kind)
    {
        await using var world = await DropInWorld.StartAsync(kind);
        var client = world.Containers();
        var source = await CreateAsync(client, """{"name":"source"}""");
        var file = (await client.UploadAsync(source.Id(), "alpha"u8.ToArray(), "a.txt")).Id();
        var expected = kind == UpstreamKind.Local ? "alpha" : "content of " + file;

        foreach (var refer in new Func<ContainerClient, string, string, Task<JsonElement>>[]
        {
            DotNetUploads.ReferAsJsonAsync, DotNetUploads.ReferAsync,
        })
        {
            var target = await CreateAsync(client, """{"name":"target"}""");
            var reference = await refer(client, target.Id(), file);
            BinaryData bytes = await client.DownloadContainerFileAsync(target.Id(), reference.Id());
            Assert.Equal(expected, bytes.ToString());
        }
    }

    [Theory]
    [InlineData(UpstreamKind.FakeOpenAI, "häßlich – 統計.csv", 5)]
    [InlineData(UpstreamKind.Local, "häßlich – 統計.csv", 5)]
    [InlineData(UpstreamKind.FakeOpenAI, "with space; and=sign.txt", 0)]
    [InlineData(UpstreamKind.Local, "with space; and=sign.txt", 0)]
    public async Task Uploads_of_the_dotnet_client_keep_name_and_length(UpstreamKind kind, string name, int length)
    {
        await using var world = await DropInWorld.StartAsync(kind);
        var client = world.Containers();
        var container = (await CreateAsync(client, """{"name":"names"}""")).Id();

        var uploaded = await client.UploadAsync(container, new byte[length], name);

        Assert.Equal("/mnt/data/" + name, uploaded.GetProperty("path").GetString());
        Assert.Equal(length, uploaded.GetProperty("bytes").GetInt32());
        Assert.Equal(new byte[length], await client.DownloadStreamAsync(container, uploaded.Id()));
    }

    [Fact]
    public async Task The_upstream_sees_the_gateways_key_and_nothing_of_the_clients()
    {
        await using var world = await DropInWorld.StartAsync(UpstreamKind.FakeOpenAI);
        var options = new ContainerClientOptions
        {
            Endpoint = new Uri(world.Gateway.Url + "/openai/v1"), OrganizationId = "org-client", ProjectId = "proj-client",
        };
        var client = new ContainerClient(new ApiKeyCredential("sk-client"), options);

        await CreateAsync(client, """{"name":"keys"}""");

        var seen = Assert.Single(world.Upstream!.Requests);
        Assert.Equal("Bearer sk-upstream", seen.Headers["Authorization"]);
        Assert.DoesNotContain(seen.Headers, header => header.Value.Contains("client", StringComparison.Ordinal));
    }

    private static async Task<JsonElement> CreateAsync(ContainerClient client, string json)
    {
        using var content = BinaryContent.Create(BinaryData.FromString(json));
        return (await client.CreateContainerAsync(content)).Json();
    }
}
