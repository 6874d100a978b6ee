using System.Text;
using Gateway.Fakes;
using Gateway.Providers.Contract;
using Gateway.ProviderState;
using Gateway.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Scenarios.Lifecycle;

/// <summary>What a provider keeps with the gateway is there for every instance that shares the store, and for nobody else.</summary>
public sealed class ProviderStateTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("state-");
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(60));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("sqlite")]
    [InlineData("redis")]
    public async Task State_of_a_provider_is_found_by_a_second_instance_and_not_by_another_provider(string kind)
    {
        await using var redis = kind == "redis" ? await RedisServer.StartAsync() : null;
        await using var first = Open(redis);
        await new ScopedState(first.Store, "box").SetAsync("c/1", "one"u8.ToArray(), TimeSpan.FromHours(1), Token);
        await using var second = Open(redis);
        Assert.Equal("one", await TextAsync(new ScopedState(second.Store, "box"), "c/1"));
        Assert.Null(await TextAsync(new ScopedState(second.Store, "other"), "c/1"));
        Assert.Empty(await new ScopedState(second.Store, "other").ListAsync("", 10, Token));

        await new ScopedState(second.Store, "box").RemoveAsync("c/1", Token);
        Assert.Null(await TextAsync(new ScopedState(first.Store, "box"), "c/1"));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("redis")]
    public async Task State_whose_time_is_over_is_neither_found_nor_listed_and_does_not_fill_the_store(string kind)
    {
        await using var redis = kind == "redis" ? await RedisServer.StartAsync() : null;
        await using var store = Open(redis);
        var state = new ScopedState(store.Store, "box");
        for (var i = 0; i < 300; i++)
        {
            await state.SetAsync($"old/{i}", new byte[10], TimeSpan.FromMinutes(1), Token);
        }

        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(await TextAsync(state, "old/0"));
        Assert.Empty(await state.ListAsync("old/", 10, Token));
        for (var i = 0; i < 300; i++)
        {
            await state.SetAsync("new", new byte[10], TimeSpan.FromMinutes(1), Token);
        }

        if (redis is not null)
        {
            Assert.Equal(":1", await redis.CommandAsync("HLEN gateway:state:box"));
        }

        Assert.Equal(["new"], (await state.ListAsync("", 10, Token)).Select(pair => pair.Key));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("redis")]
    public async Task State_behaves_like_a_sorted_dictionary_whatever_the_keys(string kind)
    {
        await using var redis = kind == "redis" ? await RedisServer.StartAsync() : null;
        await using var store = Open(redis);
        var state = new ScopedState(store.Store, "box");
        var model = new Dictionary<string, string>();
        string[] keys = ["a", "a/", "a/b", "a%", "a_", "A", "ä", "*", "a\0b", "𝄞"];
        var random = new Random(20260128);
        for (var step = 0; step < 60; step++)
        {
            var (key, value) = (keys[random.Next(keys.Length)], $"{step}");
            if (random.Next(3) == 0)
            {
                await state.RemoveAsync(key, Token);
                model.Remove(key);
            }
            else
            {
                await state.SetAsync(key, Encoding.UTF8.GetBytes(value), TimeSpan.FromHours(1), Token);
                model[key] = value;
            }
        }

        foreach (var prefix in new[] { "", "a", "a/", "a%", "_", "ä" })
        {
            var expected = model.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
                .OrderBy(pair => Encoding.UTF8.GetBytes(pair.Key), Comparer<byte[]>.Create((one, other) => one.AsSpan().SequenceCompareTo(other)));
            var listed = await state.ListAsync(prefix, 100, Token);
            Assert.Equal(
                expected.Select(pair => (pair.Key, pair.Value)), listed.Select(pair => (pair.Key, Encoding.UTF8.GetString(pair.Value.Span))));
            Assert.Equal(listed.Take(2).Select(pair => pair.Key), (await state.ListAsync(prefix, 2, Token)).Select(pair => pair.Key));
        }
    }

    [Fact]
    public async Task State_that_cannot_be_reached_is_an_error_and_never_an_empty_answer()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var store = Open(redis);
        var state = new ScopedState(store.Store, "box");
        await state.SetAsync("c", new byte[1], TimeSpan.FromHours(1), Token);
        await redis.KillAsync();
        var refused = await Assert.ThrowsAsync<UpstreamBrokenException>(async () => await state.FindAsync("c", Token));
        Assert.Equal((503, "provider_state_unavailable"), (refused.Error.Status, refused.Error.Code));
        await Assert.ThrowsAsync<UpstreamBrokenException>(async () => await state.ListAsync("", 10, Token));
    }

    private static async Task<string?> TextAsync(ScopedState state, string key) =>
        await state.FindAsync(key, Token) is { } value ? Encoding.UTF8.GetString(value.Span) : null;

    private Opened Open(RedisServer? redis)
    {
        if (redis is null)
        {
            var sqlite = new SqliteStateStore(Path.Combine(_directory.FullName, "state.db"), _time);
            return new Opened(sqlite, sqlite);
        }

        var options = RedisAddress.Parse(new Secret(redis.Url), RedisServer.Patience);
        var connection = new RedisConnection(options, RedisServer.Patience, TimeProvider.System, NullLogger<RedisConnection>.Instance);
        return new Opened(new RedisStateStore(connection, _time), connection);
    }

    private sealed record Opened(IStateStore Store, IAsyncDisposable Owner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Owner.DisposeAsync();
    }
}
