namespace Gateway.Cache;

/// <summary>What a list call itself wants of the cache.</summary>
internal sealed record CacheDirectives
{
    /// <summary>Longest time an answer may be kept.</summary>
    public static readonly TimeSpan MaxTtl = TimeSpan.FromDays(1);

    /// <summary>Nothing beside what the configuration says.</summary>
    public static readonly CacheDirectives None = new();

    /// <summary>How old the answer may be and how long it is kept, or null for what the configuration says.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>How old the answer may be for this call alone (<c>Cache-Control: max-age</c>), or null.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Nothing is looked up and nothing is kept (<c>Cache-Control: no-store</c>, <c>x-bf-cache-no-store</c>, a time of 0).</summary>
    public bool NoStore { get; init; }

    /// <summary>A fresh answer, which is kept for the next (<c>Cache-Control: no-cache</c>).</summary>
    public bool Refresh { get; init; }
}
