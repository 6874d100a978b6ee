using System.Buffers.Binary;
using System.Text;
using Gateway.Redis;
using StackExchange.Redis;

namespace Gateway.ProviderState;

/// <summary>
/// State in Redis, shared by every instance: a hash for each provider, whose fields hold the end of a value's time and the value. One key, so that no
/// two can disagree and any Cluster can hold it.
/// </summary>
internal sealed class RedisStateStore(RedisConnection redis, TimeProvider time) : IStateStore
{
    private const string Prefix = "gateway:state:";

    /// <summary>After so many writes of this instance what is over is removed.</summary>
    private const int PruneEvery = 256;

    private int _writes;

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    public async ValueTask<ReadOnlyMemory<byte>?> FindAsync(string provider, string key, CancellationToken cancellationToken) =>
        ValueOf(await RunAsync(database => database.HashGetAsync(KeyOf(provider), Bytes(key)), cancellationToken));

    public async ValueTask SetAsync(string provider, string key, ReadOnlyMemory<byte> value, TimeSpan keptFor, CancellationToken cancellationToken)
    {
        var field = new byte[sizeof(long) + value.Length];
        BinaryPrimitives.WriteInt64BigEndian(field, NowMs + (long)keptFor.TotalMilliseconds);
        value.Span.CopyTo(field.AsSpan(sizeof(long)));
        await RunAsync(database => database.HashSetAsync(KeyOf(provider), Bytes(key), field), cancellationToken);
        if (Interlocked.Increment(ref _writes) % PruneEvery == 0)
        {
            await PruneAsync(provider, cancellationToken);
        }
    }

    public async ValueTask RemoveAsync(string provider, string key, CancellationToken cancellationToken) =>
        await RunAsync(database => database.HashDeleteAsync(KeyOf(provider), Bytes(key)), cancellationToken);

    public async ValueTask<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> ListAsync(
        string provider, string prefix, int limit, CancellationToken cancellationToken)
    {
        var found = new SortedList<byte[], ReadOnlyMemory<byte>>(Comparer<byte[]>.Create((one, other) => one.AsSpan().SequenceCompareTo(other)));
        foreach (var field in await RunAsync(database => database.HashGetAllAsync(KeyOf(provider)), cancellationToken))
        {
            if ((byte[]?)field.Name is { } name && name.AsSpan().StartsWith(Bytes(prefix)) && ValueOf(field.Value) is { } value)
            {
                found.Add(name, value);
            }
        }

        return [.. found.Take(limit).Select(pair => KeyValuePair.Create(Encoding.UTF8.GetString(pair.Key), pair.Value))];
    }

    private static RedisKey KeyOf(string provider) => Prefix + provider;

    private static byte[] Bytes(string key) => Encoding.UTF8.GetBytes(key);

    private ReadOnlyMemory<byte>? ValueOf(RedisValue field) =>
        (byte[]?)field is { Length: >= sizeof(long) } bytes && BinaryPrimitives.ReadInt64BigEndian(bytes) > NowMs
            ? bytes.AsMemory(sizeof(long))
            : default(ReadOnlyMemory<byte>?);

    /// <summary>Removes what is over, unless it has been set again meanwhile.</summary>
    private async ValueTask PruneAsync(string provider, CancellationToken cancellationToken) => await RunAsync(
        async database =>
        {
            var fields = await database.HashGetAllAsync(KeyOf(provider));
            foreach (var over in fields.Where(field => ValueOf(field.Value) is null))
            {
                var removal = database.CreateTransaction();
                removal.AddCondition(Condition.HashEqual(KeyOf(provider), over.Name, over.Value));
                _ = removal.HashDeleteAsync(KeyOf(provider), over.Name);
                await removal.ExecuteAsync();
            }

            return true;
        },
        cancellationToken);

    private async ValueTask<T> RunAsync<T>(Func<IDatabase, Task<T>> work, CancellationToken cancellationToken)
    {
        var result = await redis.TryAsync(work, cancellationToken);
        return result.Reached ? result.Value! : throw ScopedState.Unavailable();
    }
}
