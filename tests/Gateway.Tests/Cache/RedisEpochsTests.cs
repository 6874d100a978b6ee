using System.Collections.Immutable;
using Gateway.Cache;
using Gateway.Fakes;
using Gateway.Providers.Contract;
using Gateway.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Cache;

/// <summary>The values behind entries' names, in a real Redis: whatever happens to it, an old value never comes back to be believed.</summary>
public sealed class RedisEpochsTests
{
    private static readonly ImmutableArray<string> s_scopes = ["containers:openai", "files:7"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_instance_sees_an_invalidation_and_only_of_what_was_invalidated()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = new Instance(redis);
        await using var two = new Instance(redis);
        var first = await one.ReadAsync(s_scopes);
        Assert.Equal(first, await two.ReadAsync(s_scopes));
        Assert.Equal(first, await one.ReadAsync(s_scopes));
        var other = await two.ReadAsync(["files:8"]);

        await one.Epochs.BumpAsync(["files:7"]);
        Assert.NotEqual(first, await two.ReadAsync(s_scopes));
        Assert.Equal(await one.ReadAsync(s_scopes), await two.ReadAsync(s_scopes));
        Assert.Equal(other, await one.ReadAsync(["files:8"]));
        Assert.Equal(first!.Split(',')[0], await two.ReadAsync(["containers:openai"]));
    }

    [Fact]
    public async Task Flush_of_redis_makes_new_epochs()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = new Instance(redis);
        await using var two = new Instance(redis);
        var before = await one.ReadAsync(s_scopes);
        await redis.FlushAllAsync();
        var after = await one.ReadAsync(s_scopes);
        Assert.Empty(before!.Split(',').Intersect(after!.Split(',')));
        Assert.Equal(after, await two.ReadAsync(s_scopes));
    }

    [Theory]
    [InlineData("killed")]
    [InlineData("paused")]
    public async Task Without_redis_nothing_is_read_and_what_was_missed_is_renewed_before_anything_is_read_again(string outage)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var writer = new Instance(redis);
        await using var reader = new Instance(redis);
        var before = await reader.ReadAsync(s_scopes);
        await writer.ReadAsync(s_scopes);

        await (outage == "killed" ? redis.KillAsync() : redis.PauseAsync());
        await writer.Epochs.BumpAsync(["files:7"]);
        Assert.Null(await writer.ReadAsync(s_scopes));
        Assert.Null(await reader.ReadAsync(s_scopes));
        Assert.False(writer.Epochs.IsAvailable);

        await (outage == "killed" ? redis.RestartAsync() : redis.ResumeAsync());
        await EventuallyAsync(() => Task.FromResult(writer.Epochs.IsAvailable && reader.Epochs.IsAvailable));

        // Back, but the clock stands: others may still be renewing.
        Assert.Null(await reader.ReadAsync(s_scopes));
        await EventuallyAsync(async () =>
        {
            reader.Time.Advance(TimeSpan.FromMilliseconds(100));
            writer.Time.Advance(TimeSpan.FromMilliseconds(100));
            return await reader.ReadAsync(s_scopes) is not null && await writer.ReadAsync(s_scopes) is not null;
        });
        Assert.True(reader.Time.GetUtcNow() - Instance.Start >= TimeSpan.FromSeconds(2.5) + (4 * RedisServer.Patience));
        var after = await reader.ReadAsync(s_scopes);
        Assert.NotEqual(before!.Split(',')[1], after!.Split(',')[1]);
        Assert.Equal(after, await writer.ReadAsync(s_scopes));
    }

    /// <summary>It was too slow for one instance for a moment, of which the others have noticed nothing.</summary>
    [Fact]
    public async Task An_instance_that_has_given_redis_up_still_tells_the_others_what_it_wrote()
    {
        await using var redis = await RedisServer.StartAsync();
        var clock = new FakeTimeProvider();
        await using var writer = new Instance(redis, clock);
        await using var reader = new Instance(redis);
        var before = await reader.ReadAsync(s_scopes);
        Assert.Equal(before, await writer.ReadAsync(s_scopes));
        await redis.PauseAsync();
        var late = writer.ReadAsync(s_scopes);
        clock.Advance(RedisServer.Patience);
        Assert.Null(await late);
        await redis.ResumeAsync();

        // Its clock stands still: it does not look whether Redis is back.
        Assert.False(writer.Epochs.IsAvailable);
        await writer.Epochs.BumpAsync(["files:7"]);
        var after = await reader.ReadAsync(s_scopes);
        Assert.NotEqual(before!.Split(',')[1], after!.Split(',')[1]);
        Assert.True(reader.Epochs.IsAvailable);
    }

    [Fact]
    public async Task What_was_loaded_before_an_outage_is_not_trusted_after_it()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = new Instance(redis);
        Assert.Equal(DateTimeOffset.MinValue, (await one.Epochs.ReadAsync(s_scopes, Token))!.Value.TrustedSince);
        await redis.PauseAsync();
        Assert.Null(await one.ReadAsync(s_scopes));
        await redis.ResumeAsync();
        await EventuallyAsync(async () =>
        {
            one.Time.Advance(TimeSpan.FromMilliseconds(100));
            return await one.ReadAsync(s_scopes) is not null;
        });
        Assert.True((await one.Epochs.ReadAsync(s_scopes, Token))!.Value.TrustedSince > Instance.Start);
    }

    [Fact]
    public async Task A_redis_that_takes_no_writes_is_not_believed_where_a_write_was_missed()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = new Instance(redis);
        await one.ReadAsync(s_scopes);
        await one.ReadAsync(["files:8"]);

        // As a full one, or a replica, would.
        await redis.CommandAsync("CONFIG SET min-replicas-to-write 1");
        await one.Epochs.BumpAsync(["files:7"]);
        Assert.Null(await one.ReadAsync(s_scopes));
        Assert.NotNull(await one.ReadAsync(["files:8"]));

        await redis.CommandAsync("CONFIG SET min-replicas-to-write 0");
        await EventuallyAsync(async () =>
        {
            one.Time.Advance(TimeSpan.FromMilliseconds(600));
            return await one.ReadAsync(s_scopes) is not null;
        });
    }

    private static Task EventuallyAsync(Func<Task<bool>> condition) =>
        Until.TrueAsync(condition, "It did not come back.");

    private sealed class Instance : IAsyncDisposable
    {
        public static readonly DateTimeOffset Start = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);

        private readonly RedisConnection _redis;

        /// <summary>Only the values live by the clock of the test; the connection's time limits are real unless it gets one, too.</summary>
        public Instance(RedisServer server, TimeProvider? clock = null)
        {
            _redis = new RedisConnection(
                RedisAddress.Parse(new Secret(server.ConnectionString), RedisServer.Patience), RedisServer.Patience, clock ?? TimeProvider.System,
                NullLogger<RedisConnection>.Instance);
            Epochs = new RedisEpochs(_redis, Time);
        }

        public FakeTimeProvider Time { get; } = new(Start);

        public RedisEpochs Epochs { get; }

        public async Task<string?> ReadAsync(ImmutableArray<string> scopes) => (await Epochs.ReadAsync(scopes, Token))?.Text;

        public async ValueTask DisposeAsync()
        {
            await Epochs.DisposeAsync();
            await _redis.DisposeAsync();
        }
    }
}
