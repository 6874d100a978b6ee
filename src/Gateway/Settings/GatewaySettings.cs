using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
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

    /// <summary>Who may call. Everybody, as nobody in particular, by default.</summary>
    public AccessSettings Access { get; init; } = new();

    /// <summary>True when there is more than one place a container could be; with a single one nobody needs to remember owners.</summary>
    public bool NeedsLedger { get; private init; }

    /// <summary>
    /// What needs a restart, as it was written when it came into force (<see cref="RestartMembers"/>); null for settings that are in no file.
    /// </summary>
    public ConfigDocument? InForce { get; init; }

    /// <summary>Paths of members whose change waits for the next start.</summary>
    public ImmutableArray<string> AwaitRestart { get; init; } = [];

    /// <summary>What deserves an operator's attention but stops nothing (literal secrets, ignored members); logged at start.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>The whole configuration, of which this may be one caller's view.</summary>
    internal GatewaySettings Whole
    {
        get => field ?? this;
        private init;
    }

    /// <summary>
    /// The configuration as a caller with these rights sees it: providers and accounts that it may not use do not exist, so that nothing that works
    /// on it has to ask. What is kept under a revision is not shared between views.
    /// </summary>
    public GatewaySettings SeenWith(ClientRights rights)
    {
        if (rights.Providers is not { } allowed)
        {
            return this;
        }

        var seen = allowed.Where(each => Providers.ContainsKey(each.Key)).OrderBy(each => each.Key, StringComparer.Ordinal)
            .Select(each => Providers[each.Key].SeenWith(each.Value)).ToList();
        var only = seen is [{ Name: var name }] ? name : null;
        return this with
        {
            Providers = seen.ToFrozenDictionary(provider => provider.Name),
            NeedsLedger = NeedsLedger,
            DefaultProvider = DefaultProvider is { } native && rights.Allows(native) ? native : only ?? DefaultProvider,
            DropInProvider = rights.Allows(DropInProvider) ? DropInProvider : only ?? DropInProvider,
            Revision = $"{Revision}/{Fingerprint(seen)}",
            Whole = Whole,
        };
    }

    private static string Fingerprint(IEnumerable<ProviderSettings> seen)
    {
        var names = seen.Select(provider => string.Join('\n', provider.Accounts.Select(account => account.Id).Prepend(provider.Name)));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join("\n\n", names))))[..16];
    }
}

/// <summary><c>server</c>.</summary>
internal sealed record ServerSettings
{
    /// <summary>Public listener, one or more URLs.</summary>
    public required ImmutableArray<string> Urls { get; init; }

    /// <summary>Public listeners for HTTP/2 without TLS, with prior knowledge (RFC 9113 §3.3); none by default.</summary>
    public ImmutableArray<string> Http2Urls { get; init; } = [];

    /// <summary>What every <c>https</c> URL shows and asks for; null when there is none.</summary>
    public TlsSettings? Tls { get; init; }

    /// <summary>Admin listener, one or more URLs.</summary>
    public required ImmutableArray<string> AdminUrls { get; init; }

    /// <summary>The hash of what opens the admin listener beyond loopback; null (the default) leaves it shut there, but for probes.</summary>
    public KeyDigest? AdminToken { get; init; }

    /// <summary>Whether metrics are answered to everybody who reaches the admin listener. Default false.</summary>
    public bool MetricsWithoutToken { get; init; }

    /// <summary>How long calls in flight may go on after SIGTERM. Longer uploads are cut.</summary>
    public required TimeSpan DrainTimeout { get; init; }

    /// <summary>How long both listeners go on serving after SIGTERM, while <c>/readyz</c> says "draining".</summary>
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
    /// <summary>Largest JSON body, in bytes; a create may carry 70 MB of inline skill.</summary>
    public required long MaxRequestBodyBytes { get; init; }

    /// <summary>Largest uploaded file, in bytes; by default OpenAI's own limit for files.</summary>
    public required long MaxFileBytes { get; init; }

    /// <summary>
    /// Most bytes of the JSON bodies of all calls in flight together, beyond the first 64 KiB of each, and so of any one of them.
    /// </summary>
    public required long MaxBufferedBytes { get; init; }

    /// <summary>Longest time that receiving a body may take.</summary>
    public required TimeSpan MaxUploadDuration { get; init; }

    /// <summary>Slowest rate at which a body may arrive, in bytes per second of waiting for it, judged every 10 s.</summary>
    public required int MinUploadRate { get; init; }

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

    /// <summary>How long a cached container list may be served.</summary>
    public required TimeSpan Ttl { get; init; }

    /// <summary>How long a cached file list may be served; code in a container makes files without telling anybody.</summary>
    public required TimeSpan FileListTtl { get; init; }

    /// <summary>Redis connection string; null keeps everything in process.</summary>
    public Secret? Redis { get; init; }

    /// <summary>How long a call waits for Redis before it goes on without.</summary>
    public required TimeSpan RedisTimeout { get; init; }

    /// <summary>How long beyond its time the last good list is served when its provider fails; 0 for not at all.</summary>
    public TimeSpan StaleIfError { get; init; }

    /// <summary>Memory that cached lists may take in this process, in bytes, their upkeep included.</summary>
    public required long MaxBytes { get; init; }

    /// <summary>Cached lists in this process.</summary>
    public required int MaxEntries { get; init; }
}
