using Gateway.Settings;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Gateway.Cache;

/// <summary>
/// The memory of cached lists. Whoever adds an entry says how large its content is; here its upkeep is added, so that the bound in bytes holds also
/// for a million small lists, and the bound in entries by taking no entry for smaller than its share.
/// </summary>
internal sealed class BoundedMemory : IMemoryCache
{
    /// <summary>What an entry takes besides its content: names, objects, table slots; rather too much than too little.</summary>
    private const long Upkeep = 1024;

    private readonly MemoryCache _cache;
    private readonly long _smallest;

    public BoundedMemory(CacheSettings settings)
    {
        _cache = new MemoryCache(Options.Create(new MemoryCacheOptions
        {
            SizeLimit = settings.MaxBytes, CompactionPercentage = 0.1, ExpirationScanFrequency = TimeSpan.FromSeconds(30),
        }));
        _smallest = Math.Max(Upkeep, settings.MaxBytes / settings.MaxEntries);
    }

    /// <summary>Entries held now.</summary>
    public int Count => _cache.Count;

    public bool TryGetValue(object key, out object? value) => _cache.TryGetValue(key, out value);

    public ICacheEntry CreateEntry(object key) => new Entry(_cache.CreateEntry(key), _smallest);

    public void Remove(object key) => _cache.Remove(key);

    public void Dispose() => _cache.Dispose();

    /// <summary>An entry whose size is more than what it is told.</summary>
    private sealed class Entry(ICacheEntry inner, long smallest) : ICacheEntry
    {
        public object Key => inner.Key;

        public object? Value { get => inner.Value; set => inner.Value = value; }

        public DateTimeOffset? AbsoluteExpiration { get => inner.AbsoluteExpiration; set => inner.AbsoluteExpiration = value; }

        public TimeSpan? AbsoluteExpirationRelativeToNow
        {
            get => inner.AbsoluteExpirationRelativeToNow;
            set => inner.AbsoluteExpirationRelativeToNow = value;
        }

        public TimeSpan? SlidingExpiration { get => inner.SlidingExpiration; set => inner.SlidingExpiration = value; }

        public IList<IChangeToken> ExpirationTokens => inner.ExpirationTokens;

        public IList<PostEvictionCallbackRegistration> PostEvictionCallbacks => inner.PostEvictionCallbacks;

        public CacheItemPriority Priority { get => inner.Priority; set => inner.Priority = value; }

        public long? Size { get => inner.Size; set => inner.Size = Math.Max(smallest, Upkeep + (value ?? 0)); }

        public void Dispose()
        {
            inner.Size ??= smallest;
            inner.Dispose();
        }
    }
}
