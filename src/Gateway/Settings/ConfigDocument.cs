using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Settings;

/// <summary>
/// The config file as it is written: everything optional, nothing checked but its shape. Meaning and bounds: <see cref="GatewaySettings"/>.
/// </summary>
internal sealed record ConfigDocument
{
    /// <summary>For editors; not read.</summary>
    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    /// <summary>Listeners and drain.</summary>
    public ServerDocument? Server { get; init; }

    /// <summary>What clients may do.</summary>
    public ClientDocument? Client { get; init; }

    /// <summary>Log lines.</summary>
    public LoggingDocument? Logging { get; init; }

    /// <summary>Traces and the names of metrics.</summary>
    public TelemetryDocument? Telemetry { get; init; }

    /// <summary>Name of a configured provider.</summary>
    public string? DefaultProvider { get; init; }

    /// <summary>Name of a configured provider.</summary>
    public string? DropInProvider { get; init; }

    /// <summary>A directory; relative to the current one.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Providers by name.</summary>
    public Dictionary<string, ProviderDocument>? Providers { get; init; }

    /// <summary>List cache and shared store.</summary>
    public CacheDocument? Cache { get; init; }

    /// <summary>Client keys, and whom they stand for.</summary>
    public GovernanceDocument? Governance { get; init; }

    /// <summary>Bifrost's passwords; refused where they would be asked for.</summary>
    public AuthConfigDocument? AuthConfig { get; init; }

    /// <summary>Of Bifrost's file format: 2 (the default) takes an empty list of a key for nothing, 1 for everything.</summary>
    public int? Version { get; init; }

    /// <summary>Bifrost's other sections; see <see cref="IgnoredMembers"/>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary><c>server</c>.</summary>
internal sealed record ServerDocument
{
    /// <summary>URLs separated by <c>;</c>.</summary>
    public string? Urls { get; init; }

    /// <summary>URLs separated by <c>;</c>.</summary>
    public string? Http2Urls { get; init; }

    /// <summary>URLs separated by <c>;</c>.</summary>
    public string? AdminUrls { get; init; }

    /// <summary>What the <c>https</c> URLs show and ask for.</summary>
    public TlsDocument? Tls { get; init; }

    /// <summary>Seconds.</summary>
    public int? DrainTimeoutSeconds { get; init; }

    /// <summary>See <see cref="ServerSettings.DrainDelay"/>, in seconds.</summary>
    public int? DrainDelaySeconds { get; init; }

    /// <summary>See <see cref="ServerSettings.AllowedHosts"/>.</summary>
    public string[]? AllowedHosts { get; init; }
}

/// <summary><c>server.tls</c>: paths of files in PEM, relative to the current directory.</summary>
internal sealed record TlsDocument
{
    /// <summary>The listeners' certificate, and those between it and its root behind it.</summary>
    public string? Certificate { get; init; }

    /// <summary>Its private key; null when that is in the file of the certificate.</summary>
    public string? Key { get; init; }

    /// <summary>Roots that vouch for clients; null asks clients for no certificate.</summary>
    public string? ClientCa { get; init; }
}

/// <summary><c>client</c>.</summary>
internal sealed record ClientDocument
{
    /// <summary>MiB.</summary>
    public int? MaxRequestBodySizeMb { get; init; }

    /// <summary>MiB.</summary>
    public int? MaxFileSizeMb { get; init; }

    /// <summary>MiB.</summary>
    public int? MaxBufferedBodiesMb { get; init; }

    /// <summary>Seconds.</summary>
    public int? MaxUploadDurationSeconds { get; init; }

    /// <summary>Bytes per second.</summary>
    public int? MinUploadBytesPerSecond { get; init; }

    /// <summary>Origins, <c>*</c>, or <c>https://*.example.com</c>.</summary>
    public string[]? AllowedOrigins { get; init; }

    /// <summary>Whether headers may switch raw echo.</summary>
    public bool? AllowPerRequestRawOverride { get; init; }

    /// <summary>Whether a merged list with a missing account is an error.</summary>
    public bool? StrictLists { get; init; }

    /// <summary>Client headers that travel upstream.</summary>
    public HeaderFilterDocument? HeaderFilterConfig { get; init; }

    /// <summary>See <see cref="AccessSettings.IsEnforced"/>.</summary>
    public bool? EnforceAuthOnInference { get; init; }

    /// <summary>Bifrost's older name of <see cref="EnforceAuthOnInference"/>.</summary>
    public bool? EnforceGovernanceHeader { get; init; }

    /// <summary>Bifrost's other older name; refused, since it spoke of people.</summary>
    public bool? EnforceScimAuth { get; init; }

    /// <summary>Refused where true.</summary>
    public bool? AllowDirectKeys { get; init; }

    /// <summary>See <see cref="AccessSettings.AllowAnonymous"/>.</summary>
    public bool? AllowAnonymous { get; init; }

    /// <summary>Names of headers.</summary>
    public string[]? RequiredHeaders { get; init; }

    /// <summary>Paths.</summary>
    public string[]? WhitelistedRoutes { get; init; }

    /// <summary>Bifrost's other members; see <see cref="IgnoredMembers"/>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary><c>client.header_filter_config</c>.</summary>
internal sealed record HeaderFilterDocument
{
    /// <summary>Header names, a trailing <c>*</c> as wildcard.</summary>
    public string[]? Allowlist { get; init; }

    /// <summary>Header names, a trailing <c>*</c> as wildcard.</summary>
    public string[]? Denylist { get; init; }
}

/// <summary><c>logging</c>.</summary>
internal sealed record LoggingDocument
{
    /// <summary><c>console</c> or <c>json</c>.</summary>
    public string? Format { get; init; }

    /// <summary><c>trace</c> to <c>none</c>.</summary>
    public string? Level { get; init; }
}

/// <summary><c>telemetry</c>.</summary>
internal sealed record TelemetryDocument
{
    /// <summary>Whether Bifrost's series are exposed, too.</summary>
    public bool? BifrostMetrics { get; init; }

    /// <summary>0 to 1.</summary>
    public double? TraceSamplingRatio { get; init; }

    /// <summary>Whether a caller's trace is continued.</summary>
    public bool? AcceptTraceContext { get; init; }
}

/// <summary><c>cache</c>.</summary>
internal sealed record CacheDocument
{
    /// <summary>Whether lists are cached.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Seconds.</summary>
    public int? TtlSeconds { get; init; }

    /// <summary>Seconds.</summary>
    public int? FileListTtlSeconds { get; init; }

    /// <summary>Connection string, usually a reference.</summary>
    public string? Redis { get; init; }

    /// <summary>Milliseconds.</summary>
    public int? RedisTimeoutMs { get; init; }

    /// <summary>Seconds.</summary>
    public int? StaleIfErrorSeconds { get; init; }

    /// <summary>MiB.</summary>
    public int? MaxSizeMb { get; init; }

    /// <summary>Lists.</summary>
    public int? MaxEntries { get; init; }
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
