using System.ClientModel;
using System.Text.Json;
using Gateway.Fakes;
using Gateway.Settings;
using OpenAI.Containers;
using Xunit;

namespace Gateway.Scenarios.DropIn;

/// <summary>What goes wrong reaches the official .NET client as the exception its users catch, and what may be repeated is.</summary>
public sealed class DotNetClientErrorTests
{
    [Theory]
    [InlineData(UpstreamKind.FakeOpenAI)]
    [InlineData(UpstreamKind.Local)]
    public async Task Missing_object_is_a_404_to_the_dotnet_client(UpstreamKind kind)
    {
        await using var world = await DropInWorld.StartAsync(kind);
        var client = world.Containers();
        ContainerResource container = await client.CreateContainerAsync(new ContainerCreationOptions("empty"));

        foreach (var call in new Func<Task>[]
        {
            () => client.GetContainerAsync("cntr_missing"),
            () => client.DeleteContainerAsync("cntr_missing"),
            () => client.GetContainerFileCollectionPageAsync(new ContainerFileCollectionOptions("cntr_missing")),
            () => client.UploadAsync("cntr_missing", [1], "a.bin"),
            () => client.GetContainerFileAsync(container.Id, "cfile_missing"),
            () => client.DownloadContainerFileAsync(container.Id, "cfile_missing"),
            () => client.DeleteContainerFileAsync(container.Id, "cfile_missing"),
        })
        {
            var error = await Assert.ThrowsAsync<ClientResultException>(call);
            Assert.Equal(404, error.Status);
            Assert.Contains("invalid_request_error", error.Message, StringComparison.Ordinal);
            Assert.Matches("with id '(cntr|cfile)_missing' not found", error.Message);
        }
    }

    [Theory]
    [InlineData(UpstreamKind.FakeOpenAI)]
    [InlineData(UpstreamKind.Local)]
    public async Task Mistake_of_a_call_is_a_400_that_names_it_to_the_dotnet_client(UpstreamKind kind)
    {
        await using var world = await DropInWorld.StartAsync(kind);
        var client = world.Containers();
        var tooLong = new ContainerExpirationPolicy { Anchor = ContainerExpirationPolicyAnchor.LastActiveAt, Duration = TimeSpan.FromDays(300) };

        await RefusedAsync(
            "expires_after.minutes", () => client.CreateContainerAsync(new ContainerCreationOptions("long") { ExpirationPolicy = tooLong }));
        await RefusedAsync("name", () => client.CreateContainerAsync(new ContainerCreationOptions("")));
        await RefusedAsync("limit", () => client.GetContainerCollectionPageAsync(new ContainerCollectionOptions { PageSizeLimit = 101 }));
        await RefusedAsync("order", () => client.GetContainerCollectionPageAsync(new ContainerCollectionOptions { Order = "sideways" }));
        await RefusedAsync("container_id", () => client.GetContainerAsync("a/b"));

        static async Task RefusedAsync(string parameter, Func<Task> call)
        {
            var error = await Assert.ThrowsAsync<ClientResultException>(call);
            var body = JsonDocument.Parse(error.GetRawResponse()!.Content).RootElement.GetProperty("error");
            Assert.Equal((400, parameter), (error.Status, body.GetProperty("param").GetString()));
            Assert.Contains(body.GetProperty("message").GetString()!, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Full_gateway_is_a_429_to_the_dotnet_client()
    {
        var local = TestSettings.Local();
        var full = JsonDocument.Parse("""{"max_containers":1}""").RootElement;
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(local with { Options = local.Dialect.Section!.Read(full) }));
        var options = new ContainerClientOptions { Endpoint = new Uri(gateway.Url + "/openai/v1") };
        var client = new ContainerClient(new ApiKeyCredential("sk-client"), options);
        await client.CreateContainerAsync(new ContainerCreationOptions("first"));

        var error = await Assert.ThrowsAsync<ClientResultException>(() => client.CreateContainerAsync(new ContainerCreationOptions("second")));

        Assert.Equal(429, error.Status);
        Assert.Contains("container_limit_exceeded", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Upstream_that_is_busy_is_asked_again_by_the_dotnet_client(int status)
    {
        await using var world = await DropInWorld.StartAsync(UpstreamKind.FakeOpenAI);
        var faults = FaultyContainers.AddTo(world.Upstream!);
        var id = $"fault-{status}-1-a";

        ContainerResource found = await world.Containers().GetContainerAsync(id);

        Assert.Equal((id, 2), (found.Id, faults.Attempts(id)));
        var error = await Assert.ThrowsAsync<ClientResultException>(() => world.Containers(retries: 0).GetContainerAsync($"fault-{status}-9-b"));
        Assert.Equal(status, error.Status);
        Assert.Contains($"Come back later ({status}).", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upstream_that_is_busy_is_asked_again_by_the_gateway_where_it_is_told_to()
    {
        await using var world = await DropInWorld.StartAsync(UpstreamKind.FakeOpenAI, new NetworkSettings { MaxRetries = 2 });
        var faults = FaultyContainers.AddTo(world.Upstream!);

        ContainerResource found = await world.Containers(retries: 0).GetContainerAsync("fault-503-2-a");

        Assert.Equal(("fault-503-2-a", 3), (found.Id, faults.Attempts("fault-503-2-a")));
    }

    [Fact]
    public async Task A_create_that_may_have_worked_is_not_repeated()
    {
        await using var world = await DropInWorld.StartAsync(UpstreamKind.FakeOpenAI, new NetworkSettings { MaxRetries = 3 });
        var faults = FaultyContainers.AddTo(world.Upstream!);

        var error = await Assert.ThrowsAsync<ClientResultException>(
            () => world.Containers(retries: 0).CreateContainerAsync(new ContainerCreationOptions("cut-once")));

        Assert.Equal((502, 1), (error.Status, faults.Attempts("cut-once")));
        Assert.Contains("create_outcome_unknown", error.Message, StringComparison.Ordinal);
        Assert.True(
            error.GetRawResponse()!.Headers.TryGetValue("x-should-retry", out var again), "A client that repeats could make a second container.");
        Assert.Equal("false", again);
    }
}
