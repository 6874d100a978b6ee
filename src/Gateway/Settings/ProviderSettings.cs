using System.Collections.Frozen;
using System.Collections.Immutable;
using Gateway.Providers.Contract;

namespace Gateway.Settings;

/// <summary>One entry of <c>providers</c>, with its dialect and accounts.</summary>
internal sealed record ProviderSettings
{
    /// <summary>The configured name.</summary>
    public required string Name { get; init; }

    /// <summary>The dialect it speaks.</summary>
    public required Dialect Dialect { get; init; }

    /// <summary>Usable accounts; empty for a provider without accounts, or when none can be used.</summary>
    public ImmutableArray<Account> Accounts
    {
        get;
        init
        {
            field = value;
            ByIdentity = value.DistinctBy(Gateway.Accounts.AccountIdentity.Of).ToFrozenDictionary(Gateway.Accounts.AccountIdentity.Of);
        }
    } = [];

    /// <summary>The same accounts by what the ledger calls them.</summary>
    public FrozenDictionary<string, Account> ByIdentity { get; private init; } = FrozenDictionary<string, Account>.Empty;

    /// <summary>Why it cannot serve calls although it is configured (its secret is unset), or null. Answered as 503.</summary>
    public string? Unavailable { get; init; }

    /// <summary>What the dialect read from its own section, or null.</summary>
    public object? Options { get; init; }

    /// <summary>Time limits, repetitions, connections.</summary>
    public required NetworkSettings Network { get; init; }

    /// <summary>
    /// How long its container lists may be served from the cache; zero for no list at all, null for <see cref="CacheSettings.Ttl"/>.
    /// </summary>
    public TimeSpan? CacheTtl { get; init; }

    /// <summary>How long its file lists may be served from the cache; null for <see cref="CacheSettings.FileListTtl"/>.</summary>
    public TimeSpan? FileListTtl { get; init; }

    /// <summary>Operations allowed by <c>allowed_requests</c>; null allows all.</summary>
    public FrozenSet<Operation>? AllowedOperations { get; init; }

    /// <summary>
    /// Whether other instances reach the same upstream under the same configuration: not what is in this process or behind a socket of this machine.
    /// </summary>
    public bool IsReachableFromElsewhere() => !Accounts.IsEmpty && Accounts.All(account => account.Transport?.UnixSocketPath is null);

    /// <summary>The provider as it is configured, of which this may be one caller's view.</summary>
    internal ProviderSettings Whole
    {
        get => field ?? this;
        private init;
    }

    /// <summary>The provider as a caller with these rights sees it.</summary>
    public ProviderSettings SeenWith(ProviderRights rights)
    {
        if (Accounts.All(rights.Allows))
        {
            return this;
        }

        ImmutableArray<Account> seen = [.. Accounts.Where(rights.Allows)];
        return this with
        {
            Accounts = seen,
            Unavailable = seen.IsEmpty ? "none of the keys that this caller may use is available" : Unavailable,
            Whole = Whole,
        };
    }

    /// <summary>Whether <c>extra_fields.raw_request</c> is sent. Default false.</summary>
    public bool SendBackRawRequest { get; init; }

    /// <summary>Whether <c>extra_fields.raw_response</c> is sent. Default false.</summary>
    public bool SendBackRawResponse { get; init; }
}

/// <summary><c>network_config</c> with defaults applied.</summary>
internal sealed record NetworkSettings
{
    private static readonly NetworkDocument s_default = new();

    /// <summary>Total time for an exchange whose answer is collected, and time to the first answer byte of a streamed one.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(s_default.DefaultRequestTimeoutInSeconds);

    /// <summary>Longest silence within a streamed body, either way.</summary>
    public TimeSpan StreamIdleTimeout { get; init; } = TimeSpan.FromSeconds(s_default.StreamIdleTimeoutInSeconds);

    /// <summary>Time to connect, TLS included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(s_default.ConnectTimeoutInSeconds);

    /// <summary>Repetitions after the first attempt; by default none, as in Bifrost.</summary>
    public int MaxRetries { get; init; } = s_default.MaxRetries;

    /// <summary>Wait before the first repetition; doubles each time.</summary>
    public TimeSpan BackoffInitial { get; init; } = BackoffReader.Default("retry_backoff_initial");

    /// <summary>Upper bound of the wait.</summary>
    public TimeSpan BackoffMax { get; init; } = BackoffReader.Default("retry_backoff_max");

    /// <summary>Headers every upstream request carries unless the call sets them itself.</summary>
    public FrozenDictionary<string, string> ExtraHeaders { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>
    /// Which of their values are secret: those that are referred to (<c>env.</c>, <c>file:</c>), and those that look like a credential.
    /// </summary>
    public ImmutableArray<Secret> HeaderSecrets { get; init; } = [];

    /// <summary>Whether the upstream is told the trace (<c>traceparent</c>); for upstreams of one's own. Default false.</summary>
    public bool PropagateTrace { get; init; }

    /// <summary>Connections per upstream host.</summary>
    public int MaxConnectionsPerHost { get; init; } = s_default.MaxConnsPerHost;

    /// <summary>Skips verification of the upstream's certificate. Default false; for test beds only.</summary>
    public bool InsecureSkipVerify { get; init; }

    /// <summary>A PEM bundle to trust instead of the system's, or null.</summary>
    public string? CaCertificatePem { get; init; }

    /// <summary>Proxy to reach the upstream through (<c>http://</c> or <c>socks5://</c>), or null.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>User of the proxy, or null.</summary>
    public string? ProxyUser { get; init; }

    /// <summary>Password of the proxy, or null.</summary>
    public Secret? ProxyPassword { get; init; }

    /// <summary>Takes the proxy from the process's environment (<c>HTTPS_PROXY</c> and kin). Default false.</summary>
    public bool ProxyFromEnvironment { get; init; }
}
