using System.Text;
using Gateway.Creates;
using Gateway.Fakes;
using Gateway.Providers.Contract;
using Gateway.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Creates;

/// <summary>What the stores of idempotency keys promise.</summary>
public sealed class IdempotencyStoreTests
{
    private static readonly Digest s_request = new(7, 7);

    [Fact]
    public async Task Memory_of_idempotency_keys_never_forgets_a_running_or_unexpired_one_and_is_full_instead()
    {
        var time = new FakeTimeProvider();
        var store = new ProcessIdempotencyStore(time);
        var running = Assert.IsType<IdempotencyClaim.Won>(await store.ClaimAsync(Key(0), s_request));
        for (var i = 1; i < ProcessIdempotencyStore.MaxKeys; i++)
        {
            await CompleteAsync(store, i);
        }

        time.Advance(TimeSpan.FromMinutes(9));
        var full = Assert.IsType<IdempotencyClaim.Full>(await store.ClaimAsync(new Digest(0, 1), s_request));
        Assert.Equal(TimeSpan.FromMinutes(1), full.RetryAfter);
        Assert.IsType<IdempotencyClaim.Finished>(await store.ClaimAsync(Key(1), s_request));
        Assert.IsType<IdempotencyClaim.Running>(await store.ClaimAsync(Key(0), s_request));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.IsType<IdempotencyClaim.Won>(await store.ClaimAsync(new Digest(0, 1), s_request));
        Assert.IsType<IdempotencyClaim.Running>(await store.ClaimAsync(Key(0), s_request));
        await store.ReleaseAsync(running, null);
        Assert.IsType<IdempotencyClaim.Won>(await store.ClaimAsync(Key(0), s_request));
    }

    [Fact]
    public async Task Tenant_that_has_used_up_its_idempotency_keys_leaves_others_their_room()
    {
        var time = new FakeTimeProvider();
        var store = new ProcessIdempotencyStore(time);
        for (var i = 0; i < ProcessIdempotencyStore.MaxKeysOfTenant; i++)
        {
            Assert.IsType<IdempotencyClaim.Won>(await store.ClaimAsync(Key(i), s_request, "team:one"));
        }

        Assert.IsType<IdempotencyClaim.Full>(await store.ClaimAsync(new Digest(0, 1), s_request, "team:one"));
        Assert.IsType<IdempotencyClaim.Won>(await store.ClaimAsync(new Digest(0, 1), s_request, "team:two"));
        Assert.IsType<IdempotencyClaim.Running>(await store.ClaimAsync(Key(0), s_request, "team:one"));
    }

    [Fact]
    public async Task Failed_creates_take_no_room_among_idempotency_keys()
    {
        var store = new ProcessIdempotencyStore(new FakeTimeProvider());
        await CompleteAsync(store, 1);
        for (var i = 10; i < 30_000; i++)
        {
            var claim = Assert.IsType<IdempotencyClaim.Won>(await store.ClaimAsync(Key(i), s_request));
            await store.ReleaseAsync(claim, new Reply.Failed(GatewayError.Invalid("no")));
        }

        Assert.Equal(1, store.Count);
        Assert.IsType<IdempotencyClaim.Finished>(await store.ClaimAsync(Key(1), s_request));
    }

    /// <summary>A thousand answers of 400 KB are a thousand ids; many of the largest that are kept stay within a bound.</summary>
    [Theory]
    [InlineData(400_000, 1000, 0)]
    [InlineData(60_000, 2000, 32 << 20)]
    public async Task Answers_kept_for_idempotency_keys_take_bounded_memory(int size, int creates, long most)
    {
        var store = new ProcessIdempotencyStore(new FakeTimeProvider());
        long kept = 0;
        for (var i = 0; i < creates; i++)
        {
            await CompleteAsync(store, i, size);
            kept += Assert.IsType<IdempotencyClaim.Finished>(await store.ClaimAsync(Key(i), s_request)).Result.Size;
        }

        Assert.InRange(kept, most == 0 ? 0 : 1, most);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(70_000)]
    public async Task Instances_share_an_idempotency_key_before_anything_is_sent_and_its_result_afterwards(int size)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = new Instance(redis);
        await using var two = new Instance(redis);
        var claim = Assert.IsType<IdempotencyClaim.Won>(await one.Store.ClaimAsync(Key(1), s_request));
        var running = Assert.IsType<IdempotencyClaim.Running>(await two.Store.ClaimAsync(Key(1), s_request));
        Assert.IsType<IdempotencyClaim.Reused>(await two.Store.ClaimAsync(Key(1), new Digest(8, 8)));
        var end = running.EndAsync(CancellationToken.None);
        Assert.False(end.IsCompleted);
        var (reply, result) = Made("c1", size);
        await one.Store.CompleteAsync(claim, reply, result);
        Assert.Null(await end.WaitAsync(Until.Hung));
        await using var three = new Instance(redis);
        foreach (var instance in new[] { one, two, three })
        {
            var finished = Assert.IsType<IdempotencyClaim.Finished>(await instance.Store.ClaimAsync(Key(1), s_request)).Result;
            Assert.Equal(("c1", "account"), (finished.Id.Value, finished.Account));
            Assert.Equal((result.Body is null, size > KeptResult.MaxBody), (finished.Body is null, finished.Body is null));
            Assert.Equal(result.Body?.ToArray(), finished.Body?.ToArray());
        }
    }

    [Fact]
    public async Task Failed_create_lets_the_other_instance_try_the_key()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = new Instance(redis);
        await using var two = new Instance(redis);
        var claim = Assert.IsType<IdempotencyClaim.Won>(await one.Store.ClaimAsync(Key(1), s_request));
        await one.Store.ReleaseAsync(claim, null);
        Assert.IsType<IdempotencyClaim.Won>(await two.Store.ClaimAsync(Key(1), s_request));
        Assert.IsType<IdempotencyClaim.Running>(await one.Store.ClaimAsync(Key(1), s_request));
    }

    /// <summary>Its claim is a lease, which only a living instance renews.</summary>
    [Fact]
    public async Task Claim_on_a_key_by_an_instance_that_crashed_expires()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var crashed = new Instance(redis, new FakeTimeProvider());
        await using var other = new Instance(redis);
        Assert.IsType<IdempotencyClaim.Won>(await crashed.Store.ClaimAsync(Key(1), s_request));
        var left = await redis.CommandAsync($"PTTL gateway:idempotency:{Key(1)}");
        Assert.InRange(
            int.Parse(left[1..], System.Globalization.CultureInfo.InvariantCulture), 1, (int)RedisIdempotencyStore.Lease.TotalMilliseconds);
        await redis.CommandAsync($"PEXPIRE gateway:idempotency:{Key(1)} 1");
        await Until.TrueAsync(async () => await other.Store.ClaimAsync(Key(1), s_request) is IdempotencyClaim.Won, "The claim does not expire.");
    }

    /// <summary>Also in a Redis that has lost it.</summary>
    [Fact]
    public async Task Claim_on_a_key_by_a_running_create_is_renewed()
    {
        await using var redis = await RedisServer.StartAsync();
        var time = new FakeTimeProvider();
        await using var one = new Instance(redis, time);
        await using var two = new Instance(redis);
        Assert.IsType<IdempotencyClaim.Won>(await one.Store.ClaimAsync(Key(1), s_request));
        await redis.FlushAllAsync();
        time.Advance(RedisIdempotencyStore.Lease / 2);
        await Until.TrueAsync(async () => await redis.CommandAsync($"EXISTS gateway:idempotency:{Key(1)}") == ":1", "The claim is not renewed.");
        Assert.IsType<IdempotencyClaim.Running>(await two.Store.ClaimAsync(Key(1), s_request));
    }

    [Fact]
    public async Task Process_keeps_idempotency_keys_itself_while_Redis_is_away()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = new Instance(redis);
        var before = Assert.IsType<IdempotencyClaim.Won>(await one.Store.ClaimAsync(Key(1), s_request));
        await redis.KillAsync();
        var (reply, result) = Made("c1", 10);
        await one.Store.CompleteAsync(before, reply, result);
        Assert.IsType<IdempotencyClaim.Finished>(await one.Store.ClaimAsync(Key(1), s_request));
        var claim = Assert.IsType<IdempotencyClaim.Won>(await one.Store.ClaimAsync(Key(2), s_request));
        Assert.IsType<IdempotencyClaim.Running>(await one.Store.ClaimAsync(Key(2), s_request));
        await one.Store.ReleaseAsync(claim, null);
        Assert.IsType<IdempotencyClaim.Won>(await one.Store.ClaimAsync(Key(2), s_request));
    }

    private static Digest Key(int number) => new(1, (UInt128)number);

    private static (Reply.Json Reply, KeptResult Result) Made(string id, int size)
    {
        var reply = new Reply.Json(Encoding.UTF8.GetBytes($$"""{"id":"{{id}}","name":"{{new string('n', size)}}"}"""));
        return (reply, KeptResult.Of(reply, null)! with { Account = "account" });
    }

    private static async Task CompleteAsync(ProcessIdempotencyStore store, int number, int size = 10)
    {
        var claim = Assert.IsType<IdempotencyClaim.Won>(await store.ClaimAsync(Key(number), s_request));
        var (reply, result) = Made($"c{number}", size);
        await store.CompleteAsync(claim, reply, result);
    }

    /// <summary>A gateway's store with a connection of its own.</summary>
    private sealed class Instance : IAsyncDisposable
    {
        private readonly RedisConnection _connection;

        public Instance(RedisServer redis, TimeProvider? time = null)
        {
            _connection = new RedisConnection(
                RedisAddress.Parse(new Secret(redis.ConnectionString), RedisServer.Patience), RedisServer.Patience, TimeProvider.System,
                NullLogger<RedisConnection>.Instance);
            Store = new RedisIdempotencyStore(_connection, new ProcessIdempotencyStore(TimeProvider.System), time ?? TimeProvider.System);
        }

        public RedisIdempotencyStore Store { get; }

        public ValueTask DisposeAsync() => _connection.DisposeAsync();
    }
}
