using System.Collections.Frozen;
using System.Collections.Immutable;
using Gateway.Providers.Contract;

namespace Gateway.Settings;

/// <summary>
/// The whole configuration: validated, resolved, immutable. A request holds one snapshot from its start to its end, so that a reload never
/// changes the rules half way.
/// </summary>
internal sealed record GatewaySettings
{
    /// <summary>Absolute path of the file this was read from.</summary>
    public required string SourcePath { get; init; }

    /// <summary>Hash of everything that can change an answer, secrets included (as a hash); changes when the configuration does.</summary>
    public required string Revision { get; init; }

    /// <summary>Listeners and drain.</summary>
    public required ServerSettings Server { get; init; }

    /// <summary>What clients may do.</summary>
    public required ClientSettings Client { get; init; }

    /// <summary>Log format and level.</summary>
    public required LoggingSettings Logging { get; init; }

    /// <summary>Traces and the names of metrics.</summary>
    public TelemetrySettings Telemetry { get; init; } = new();

    /// <summary>Provider of the native surface when a call names none; null answers 400.</summary>
    public string? DefaultProvider { get; init; }

    /// <summary>Provider of the drop-in surface when a call names none.</summary>
    public required string DropInProvider { get; init; }

    /// <summary>Absolute path of the data directory.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Configured providers by name.</summary>
    public required FrozenDictionary<string, ProviderSettings> Providers
    {
        get;
        init
        {
            field = value;
            NeedsLedger = value.Values.Sum(provider => Math.Max(1, provider.Accounts.Length)) > 1;
        }
    }

    /// <summary>List cache and shared store.</summary>
    public required CacheSettings Cache { get; init; }

    /// <summary>True when there is more than one place a container could be; with a single one nobody needs to remember owners.</summary>
    public bool NeedsLedger { get; private init; }

    /// <summary>What deserves an operator's attention but stops nothing (literal secrets, ignored members); logged at start.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];
}

/// <summary><c>server</c>.</summary>
internal sealed record ServerSettings
{
    /// <summary>Public listener, one or more URLs. Default <c>http://127.0.0.1:8080</c>.</summary>
    public required ImmutableArray<string> Urls { get; init; }

    /// <summary>Admin listener, one or more URLs. Default <c>http://127.0.0.1:8081</c>.</summary>
    public required ImmutableArray<string> AdminUrls { get; init; }

    /// <summary>How long calls in flight may go on after SIGTERM. Default 60 s; longer uploads are cut.</summary>
    public required TimeSpan DrainTimeout { get; init; }

    /// <summary>How long both listeners go on serving after SIGTERM, while <c>/readyz</c> says "draining". Default 0 s.</summary>
    public TimeSpan DrainDelay { get; init; }

    /// <summary>
    /// Names that both listeners answer to, without ports: <c>*</c>, a name, or <c>*.</c> and a name for those below it. Addresses and names of
    /// loopback are always answered. Empty (the default): nothing else on a loopback address, any name on others.
    /// </summary>
    public ImmutableArray<string> AllowedHosts { get; init; } = [];
}

/// <summary><c>client</c>.</summary>
internal sealed record ClientSettings
{
    /// <summary>Largest JSON body, in bytes. Default 100 MiB (a create may carry 70 MB of inline skill).</summary>
    public required long MaxRequestBodyBytes { get; init; }

    /// <summary>Largest uploaded file, in bytes. Default 512 MiB, OpenAI's own limit for files.</summary>
    public required long MaxFileBytes { get; init; }

    /// <summary>
    /// Most bytes of the JSON bodies of all calls in flight together, beyond the first 64 KiB of each, and so of any one of them. Default 256 MiB.
    /// </summary>
    public long MaxBufferedBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Longest time that receiving a body may take. Default an hour.</summary>
    public TimeSpan MaxUploadDuration { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Slowest rate at which a body may arrive, in bytes per second of waiting for it, judged every 10 s. Default 1024.</summary>
    public int MinUploadRate { get; init; } = 1024;

    /// <summary>Origins that browsers may call from; empty (the default) switches CORS off. <c>*</c> allows any.</summary>
    public ImmutableArray<string> AllowedOrigins { get; init; } = [];

    /// <summary>Whether <c>x-bf-send-back-raw-request/-response</c> are obeyed. Default false.</summary>
    public bool AllowPerRequestRawOverride { get; init; }

    /// <summary>
    /// Whether a merged list with a missing account is an error. Default false: it answers with what it has and says what is missing.
    /// </summary>
    public bool StrictLists { get; init; }

    /// <summary>Client headers that may travel upstream beyond <c>x-bf-eh-*</c>: lower case, a trailing <c>*</c> is a wildcard.</summary>
    public ImmutableArray<string> HeaderAllowList { get; init; } = [];

    /// <summary>Client headers that never travel upstream; wins over the allow list.</summary>
    public ImmutableArray<string> HeaderDenyList { get; init; } = [];
}

/// <summary>Form of log lines.</summary>
internal enum LogFormat
{
    /// <summary>One readable line an event; the default.</summary>
    Console,

    /// <summary>One JSON object an event.</summary>
    Json,
}

/// <summary><c>logging</c>.</summary>
internal sealed record LoggingSettings(LogFormat Format, LogLevel Level);

/// <summary><c>telemetry</c>.</summary>
internal sealed record TelemetrySettings
{
    /// <summary>Whether the series that Bifrost's dashboards read are exposed, too. Default false.</summary>
    public bool BifrostMetrics { get; init; }

    /// <summary>
    /// Share of traces that begin here and are kept, 0 to 1; a caller's own decision wins. Null (the default) leaves it to
    /// <c>OTEL_TRACES_SAMPLER</c>, and without that keeps all.
    /// </summary>
    public double? TraceSamplingRatio { get; init; }

    /// <summary>Whether a caller's <c>traceparent</c> is continued. Default true; false starts a trace of its own for every request.</summary>
    public bool AcceptTraceContext { get; init; } = true;

    /// <summary>Whether telemetry leaves the process where the environment says so; false for one that serves nobody. Not in the file.</summary>
    public bool IsSent { get; init; } = true;
}

/// <summary><c>cache</c>.</summary>
internal sealed record CacheSettings
{
    /// <summary>Whether lists are cached. Default true.</summary>
    public required bool Enabled { get; init; }

    /// <summary>How long a cached container list may be served. Default 15 s.</summary>
    public required TimeSpan Ttl { get; init; }

    /// <summary>How long a cached file list may be served; code in a container makes files without telling anybody. Default 2 s.</summary>
    public TimeSpan FileListTtl { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Redis connection string; null keeps everything in process.</summary>
    public Secret? Redis { get; init; }

    /// <summary>How long a call waits for Redis before it goes on without. Default 250 ms.</summary>
    public TimeSpan RedisTimeout { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long beyond its time the last good list is served when its provider fails. Default 0: not at all.</summary>
    public TimeSpan StaleIfError { get; init; }

    /// <summary>Memory that cached lists may take in this process, in bytes, their upkeep included. Default 64 MiB.</summary>
    public long MaxBytes { get; init; } = 64 << 20;

    /// <summary>Cached lists in this process. Default 50,000.</summary>
    public int MaxEntries { get; init; } = 50_000;
}

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

    /// <summary>Whether <c>extra_fields.raw_request</c> is sent. Default false.</summary>
    public bool SendBackRawRequest { get; init; }

    /// <summary>Whether <c>extra_fields.raw_response</c> is sent. Default false.</summary>
    public bool SendBackRawResponse { get; init; }
}

/// <summary><c>network_config</c> with defaults applied.</summary>
internal sealed record NetworkSettings
{
    /// <summary>Total time for an exchange whose answer is collected, and time to the first answer byte of a streamed one. Default 30 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest silence within a streamed body, either way. Default 60 s.</summary>
    public TimeSpan StreamIdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Time to connect, TLS included. Default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Repetitions after the first attempt, 0–10. Default 0, as in Bifrost.</summary>
    public int MaxRetries { get; init; }

    /// <summary>Wait before the first repetition; doubles each time. Default 500 ms.</summary>
    public TimeSpan BackoffInitial { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Upper bound of the wait. Default 5 s.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Headers every upstream request carries unless the call sets them itself.</summary>
    public FrozenDictionary<string, string> ExtraHeaders { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>
    /// Which of their values are secret: those that are referred to (<c>env.</c>, <c>file:</c>), and those that look like a credential.
    /// </summary>
    public ImmutableArray<Secret> HeaderSecrets { get; init; } = [];

    /// <summary>Whether the upstream is told the trace (<c>traceparent</c>); for upstreams of one's own. Default false.</summary>
    public bool PropagateTrace { get; init; }

    /// <summary>Connections per upstream host. Default 5000.</summary>
    public int MaxConnectionsPerHost { get; init; } = 5000;

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
