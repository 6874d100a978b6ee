using OpenAI.Containers;
using Xunit;

namespace Gateway.Scenarios.DropIn;

/// <summary>The official .NET client follows <c>last_id</c> through any number of pages.</summary>
public sealed class DotNetClientPagingTests
{
    [Theory]
    [InlineData(UpstreamKind.FakeOpenAI)]
    [InlineData(UpstreamKind.ThreeAccounts)]
    [InlineData(UpstreamKind.Local)]
    public async Task Containers_are_listed_completely_in_both_orders_by_the_dotnet_client(UpstreamKind kind)
    {
        await using var world = await DropInWorld.StartAsync(kind);
        var client = world.Containers();
        var ids = new List<string>();
        for (var i = 0; i < 105; i++)
        {
            ContainerResource created = await client.CreateContainerAsync(new ContainerCreationOptions($"c{i % 5}"));
            ids.Add(created.Id);
        }

        Assert.Equal(ids, await IdsAsync(new() { Order = ContainerCollectionOrder.Ascending }));
        Assert.Equal(Enumerable.Reverse(ids), await IdsAsync(new() { Order = ContainerCollectionOrder.Descending, PageSizeLimit = 100 }));
        Assert.Equal(Enumerable.Reverse(ids), await IdsAsync(new() { PageSizeLimit = 35 }));
        Assert.Equal(ids.Skip(99), await IdsAsync(new() { AfterId = ids[98], Order = ContainerCollectionOrder.Ascending }));
        Assert.Equal(
            ids.Where((_, i) => i % 5 == 3), await IdsAsync(new() { Name = "c3", PageSizeLimit = 4, Order = ContainerCollectionOrder.Ascending }));

        ValueTask<List<string>> IdsAsync(ContainerCollectionOptions options) =>
            client.GetContainersAsync(options).Select(container => container.Id).ToListAsync();
    }

    [Theory]
    [InlineData(UpstreamKind.FakeOpenAI)]
    [InlineData(UpstreamKind.ThreeAccounts)]
    [InlineData(UpstreamKind.Local)]
    public async Task Files_are_listed_completely_in_both_orders_by_the_dotnet_client(UpstreamKind kind)
    {
        await using var world = await DropInWorld.StartAsync(kind);
        var client = world.Containers();
        ContainerResource container = await client.CreateContainerAsync(new ContainerCreationOptions("many files"));
        var ids = new List<string>();
        for (var i = 0; i < 43; i++)
        {
            ids.Add((await client.UploadAsync(container.Id, [1, 2, 3], $"f{i}.bin")).Id());
        }

        Assert.Equal(ids, await IdsAsync(new(container.Id) { Order = ContainerFileCollectionOrder.Ascending }));
        Assert.Equal(Enumerable.Reverse(ids), await IdsAsync(new(container.Id) { PageSizeLimit = 11 }));

        ValueTask<List<string>> IdsAsync(ContainerFileCollectionOptions options) =>
            client.GetContainerFilesAsync(options).Select(file => file.Id).ToListAsync();
    }

    [Theory]
    [InlineData(UpstreamKind.FakeOpenAI)]
    [InlineData(UpstreamKind.ThreeAccounts)]
    [InlineData(UpstreamKind.Local)]
    public async Task Everything_can_be_deleted_while_it_is_listed(UpstreamKind kind)
    {
        await using var world = await DropInWorld.StartAsync(kind);
        var client = world.Containers();
        for (var i = 0; i < 23; i++)
        {
            await client.CreateContainerAsync(new ContainerCreationOptions("short-lived"));
        }

        // The next page is asked for behind an id that no longer exists.
        var deleted = 0;
        await foreach (var container in client.GetContainersAsync(new ContainerCollectionOptions { PageSizeLimit = 5 }))
        {
            await client.DeleteContainerAsync(container.Id);
            deleted++;
        }

        Assert.Equal(23, deleted);
    }
}
