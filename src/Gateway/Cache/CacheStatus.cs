namespace Gateway.Cache;

/// <summary>What the list cache said to a call; <c>extra_fields.cache_debug</c>, headers, span and metric are projections of it.</summary>
/// <param name="Result">One of the words below; the value of the <c>result</c> label.</param>
internal sealed record CacheStatus(string Result)
{
    /// <summary>The provider was not asked for this call.</summary>
    public const string Hit = "hit";

    /// <summary>The provider was asked, and a complete answer is kept.</summary>
    public const string Miss = "miss";

    /// <summary>The call itself wanted a fresh answer.</summary>
    public const string Bypass = "bypass";

    /// <summary>The shared store did not say whether an entry is current, so none was used.</summary>
    public const string Error = "error";

    /// <summary>Opaque name of the entry, or null when there is none.</summary>
    public string? Id { get; init; }

    /// <summary>Time since the provider gave the answer.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>How old the answer may get for this call.</summary>
    public TimeSpan Ttl { get; init; }

    /// <summary>Whether the answer is older than it should be, and served because the provider failed.</summary>
    public bool IsStale { get; init; }

    /// <summary>Whether the answer came out of the cache; one that was only waited for together with others did not.</summary>
    public bool IsHit => (Result == Hit && Id is not null) || IsStale;
}
