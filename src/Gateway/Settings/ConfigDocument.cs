using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Settings;

/// <summary>
/// The config file as it is written: everything optional, nothing checked but its shape. A member's bounds (<see cref="NumberAttribute"/>) and its
/// default, which a new document holds, are declared here and nowhere else; its meaning: <see cref="GatewaySettings"/>. Members are set, not
/// initialised, since the generated reader would put null in the place of defaults (https://github.com/dotnet/runtime/issues/84484).
/// </summary>
internal sealed record ConfigDocument
{
    /// <summary>For editors; not read.</summary>
    [JsonPropertyName("$schema")]
    public string? Schema { get; set; }

    /// <summary>Listeners and drain.</summary>
    public ServerDocument Server { get; set; } = new();

    /// <summary>What clients may do.</summary>
    public ClientDocument Client { get; set; } = new();

    /// <summary>Log lines.</summary>
    [NeedsRestart]
    public LoggingDocument Logging { get; set; } = new();

    /// <summary>Traces and the names of metrics.</summary>
    public TelemetryDocument Telemetry { get; set; } = new();

    /// <summary>Name of a configured provider.</summary>
    public string? DefaultProvider { get; set; }

    /// <summary>Name of a configured provider.</summary>
    public string? DropInProvider { get; set; }

    /// <summary>A directory; relative to the current one.</summary>
    [NeedsRestart]
    public string DataDirectory { get; set; } = "./data";

    /// <summary>Providers by name.</summary>
    public Dictionary<string, ProviderDocument> Providers { get; set; } = [];

    /// <summary>List cache and shared store.</summary>
    public CacheDocument Cache { get; set; } = new();

    /// <summary>Client keys, and whom they stand for.</summary>
    public GovernanceDocument Governance { get; set; } = new();

    /// <summary>Bifrost's passwords; refused where they would be asked for.</summary>
    public AuthConfigDocument? AuthConfig { get; set; }

    /// <summary>Of Bifrost's file format: 2 (the default) takes an empty list of a key for nothing, 1 for everything.</summary>
    [Number(1, 2)]
    public int Version { get; set; } = 2;

    /// <summary>Bifrost's other sections; see <see cref="IgnoredMembers"/>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }

    /// <summary>Shows nothing: secrets may stand in it as they are.</summary>
    public override string ToString() => nameof(ConfigDocument);
}

/// <summary><c>server</c>.</summary>
internal sealed record ServerDocument
{
    /// <summary>URLs separated by <c>;</c>.</summary>
    [NeedsRestart]
    public string Urls { get; set; } = "http://127.0.0.1:8080";

    /// <summary>URLs separated by <c>;</c>.</summary>
    [NeedsRestart]
    public string? Http2Urls { get; set; }

    /// <summary>URLs separated by <c>;</c>.</summary>
    [NeedsRestart]
    public string AdminUrls { get; set; } = "http://127.0.0.1:8081";

    /// <summary>What the <c>https</c> URLs show and ask for.</summary>
    [NeedsRestart(OnlyPresence = true)]
    public TlsDocument? Tls { get; set; }

    /// <summary>See <see cref="ServerSettings.DrainTimeout"/>.</summary>
    [Number(1, 3600, "seconds"), NeedsRestart]
    public int DrainTimeoutSeconds { get; set; } = 60;

    /// <summary>See <see cref="ServerSettings.DrainDelay"/>.</summary>
    [Number(0, 300, "seconds"), NeedsRestart]
    public int DrainDelaySeconds { get; set; }

    /// <summary>See <see cref="ServerSettings.AdminToken"/>; usually a reference.</summary>
    public string? AdminToken { get; set; }

    /// <summary>See <see cref="ServerSettings.MetricsWithoutToken"/>.</summary>
    public bool MetricsWithoutToken { get; set; }

    /// <summary>See <see cref="ServerSettings.AllowedHosts"/>.</summary>
    [NeedsRestart]
    public string[] AllowedHosts { get; set; } = [];
}

/// <summary><c>server.tls</c>: paths of files in PEM, relative to the current directory.</summary>
internal sealed record TlsDocument
{
    /// <summary>The listeners' certificate, and those between it and its root behind it.</summary>
    public string? Certificate { get; set; }

    /// <summary>Its private key; null when that is in the file of the certificate.</summary>
    public string? Key { get; set; }

    /// <summary>Roots that vouch for clients; null asks clients for no certificate.</summary>
    public string? ClientCa { get; set; }
}

/// <summary><c>client</c>.</summary>
internal sealed record ClientDocument
{
    /// <summary>See <see cref="ClientSettings.MaxRequestBodyBytes"/>; up to 100 GiB.</summary>
    [Number(1, 102_400, "MB")]
    public int MaxRequestBodySizeMb { get; set; } = 100;

    /// <summary>See <see cref="ClientSettings.MaxFileBytes"/>; up to 100 GiB.</summary>
    [Number(1, 102_400, "MB")]
    public int MaxFileSizeMb { get; set; } = 512;

    /// <summary>See <see cref="ClientSettings.MaxBufferedBytes"/>.</summary>
    [Number(1, 102_400, "MB")]
    public int MaxBufferedBodiesMb { get; set; } = 256;

    /// <summary>See <see cref="ClientSettings.MaxUploadDuration"/>; up to a day.</summary>
    [Number(1, 86_400, "seconds")]
    public int MaxUploadDurationSeconds { get; set; } = 3600;

    /// <summary>See <see cref="ClientSettings.MinUploadRate"/>.</summary>
    [Number(1, 1_000_000_000, "bytes per second")]
    public int MinUploadBytesPerSecond { get; set; } = 1024;

    /// <summary>Origins, <c>*</c>, or <c>https://*.example.com</c>.</summary>
    [NeedsRestart]
    public string[] AllowedOrigins { get; set; } = [];

    /// <summary>Whether headers may switch raw echo.</summary>
    public bool AllowPerRequestRawOverride { get; set; }

    /// <summary>Whether a merged list with a missing account is an error.</summary>
    public bool StrictLists { get; set; }

    /// <summary>Client headers that travel upstream.</summary>
    public HeaderFilterDocument HeaderFilterConfig { get; set; } = new();

    /// <summary>See <see cref="AccessSettings.IsEnforced"/>.</summary>
    public bool? EnforceAuthOnInference { get; set; }

    /// <summary>Bifrost's older name of <see cref="EnforceAuthOnInference"/>.</summary>
    public bool? EnforceGovernanceHeader { get; set; }

    /// <summary>Bifrost's other older name; refused, since it spoke of people.</summary>
    public bool? EnforceScimAuth { get; set; }

    /// <summary>Refused where true.</summary>
    public bool? AllowDirectKeys { get; set; }

    /// <summary>See <see cref="AccessSettings.AllowAnonymous"/>.</summary>
    public bool AllowAnonymous { get; set; }

    /// <summary>Callers that an identity provider vouches for.</summary>
    [NeedsRestart]
    public JwtDocument? Jwt { get; set; }

    /// <summary>Names of headers.</summary>
    public string[] RequiredHeaders { get; set; } = [];

    /// <summary>Paths.</summary>
    public string[] WhitelistedRoutes { get; set; } = [];

    /// <summary>Bifrost's other members; see <see cref="IgnoredMembers"/>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary><c>client.header_filter_config</c>.</summary>
internal sealed record HeaderFilterDocument
{
    /// <summary>Header names, a trailing <c>*</c> as wildcard.</summary>
    public string[] Allowlist { get; set; } = [];

    /// <summary>Header names, a trailing <c>*</c> as wildcard.</summary>
    public string[] Denylist { get; set; } = [];
}

/// <summary><c>logging</c>.</summary>
internal sealed record LoggingDocument
{
    /// <summary><c>console</c> or <c>json</c>.</summary>
    public string Format { get; set; } = "console";

    /// <summary><c>trace</c> to <c>none</c>.</summary>
    public string Level { get; set; } = "information";
}

/// <summary><c>telemetry</c>.</summary>
internal sealed record TelemetryDocument
{
    /// <summary>Whether Bifrost's series are exposed, too.</summary>
    public bool BifrostMetrics { get; set; }

    /// <summary>See <see cref="TelemetrySettings.TraceSamplingRatio"/>.</summary>
    [Number(0, 1)]
    public double? TraceSamplingRatio { get; set; }

    /// <summary>Whether a caller's trace is continued.</summary>
    public bool AcceptTraceContext { get; set; } = true;
}

/// <summary><c>cache</c>.</summary>
internal sealed record CacheDocument
{
    /// <summary>Whether lists are cached.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>See <see cref="CacheSettings.Ttl"/>; up to a day.</summary>
    [Number(1, 86_400, "seconds")]
    public int TtlSeconds { get; set; } = 15;

    /// <summary>
    /// See <see cref="CacheSettings.FileListTtl"/>; a minute at most, since listing files is the use that keeps a container alive.
    /// </summary>
    [Number(1, 60, "seconds")]
    public int FileListTtlSeconds { get; set; } = 2;

    /// <summary>Connection string, usually a reference.</summary>
    [NeedsRestart]
    public string? Redis { get; set; }

    /// <summary>
    /// See <see cref="CacheSettings.RedisTimeout"/>. Less is noise of the network, more than five seconds is no cache any longer.
    /// </summary>
    [Number(10, 5_000, "milliseconds"), NeedsRestart]
    public int RedisTimeoutMs { get; set; } = 250;

    /// <summary>See <see cref="CacheSettings.StaleIfError"/>; up to a day.</summary>
    [Number(0, 86_400, "seconds")]
    public int StaleIfErrorSeconds { get; set; }

    /// <summary>See <see cref="CacheSettings.MaxBytes"/>.</summary>
    [Number(1, 65_536, "MB"), NeedsRestart]
    public int MaxSizeMb { get; set; } = 64;

    /// <summary>See <see cref="CacheSettings.MaxEntries"/>.</summary>
    [Number(100, 10_000_000, "lists"), NeedsRestart]
    public int MaxEntries { get; set; } = 50_000;
}

/// <summary>
/// Strict by construction: a misspelt or repeated member stops the start instead of being ignored. Also the source from which the shape check and
/// the schema's test learn what members there are.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    AllowTrailingCommas = true,
    ReadCommentHandling = JsonCommentHandling.Skip)]
[JsonSerializable(typeof(ConfigDocument))]
internal sealed partial class ConfigDocumentContext : JsonSerializerContext;
