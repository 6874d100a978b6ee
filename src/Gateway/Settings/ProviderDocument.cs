using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Settings;

/// <summary>One entry of <c>providers</c>, in Bifrost's words.</summary>
internal sealed record ProviderDocument
{
    /// <summary>Keys; one account each.</summary>
    public KeyDocument[]? Keys { get; init; }

    /// <summary>Address, time limits, repetitions, connections.</summary>
    public NetworkDocument? NetworkConfig { get; init; }

    /// <summary>Proxy on the way to the upstream.</summary>
    public ProxyDocument? ProxyConfig { get; init; }

    /// <summary>How its lists are cached.</summary>
    public ProviderCacheDocument? CacheConfig { get; init; }

    /// <summary>Makes a provider of a name that is not built in.</summary>
    public CustomProviderDocument? CustomProviderConfig { get; init; }

    /// <summary>Raw echo of requests.</summary>
    public bool? SendBackRawRequest { get; init; }

    /// <summary>Raw echo of responses.</summary>
    public bool? SendBackRawResponse { get; init; }

    /// <summary>Sections of dialects, and Bifrost's members without meaning here.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>One key.</summary>
internal sealed record KeyDocument
{
    /// <summary>Stable id; the name when absent.</summary>
    public string? Id { get; init; }

    /// <summary>Name in logs, metrics and <c>routing_info</c>; <c>key-1</c>, <c>key-2</c> … when absent.</summary>
    public string? Name { get; init; }

    /// <summary>The secret: <c>env.NAME</c>, <c>file:/path</c>, or itself.</summary>
    public string? Value { get; init; }

    /// <summary>Share of creates.</summary>
    public double? Weight { get; init; }

    /// <summary>Whether it is used.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Its own address.</summary>
    public KeyNetworkDocument? NetworkConfig { get; init; }

    /// <summary>Sections of dialects, and Bifrost's members without meaning here.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary><c>network_config</c> of a key.</summary>
internal sealed record KeyNetworkDocument
{
    /// <summary>Address; wins over the provider's.</summary>
    public string? BaseUrl { get; init; }
}

/// <summary><c>network_config</c> of a provider.</summary>
internal sealed record NetworkDocument
{
    /// <summary>Address of the upstream.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>Headers of every upstream request.</summary>
    public Dictionary<string, string>? ExtraHeaders { get; init; }

    /// <summary>Seconds.</summary>
    public int? DefaultRequestTimeoutInSeconds { get; init; }

    /// <summary>Seconds.</summary>
    public int? StreamIdleTimeoutInSeconds { get; init; }

    /// <summary>Seconds.</summary>
    public int? ConnectTimeoutInSeconds { get; init; }

    /// <summary>Repetitions.</summary>
    public int? MaxRetries { get; init; }

    /// <summary>Milliseconds, or a duration such as <c>500ms</c>.</summary>
    public JsonElement? RetryBackoffInitial { get; init; }

    /// <summary>The same under the name Bifrost's schema gives it.</summary>
    public JsonElement? RetryBackoffInitialMs { get; init; }

    /// <summary>Milliseconds, or a duration such as <c>5s</c>.</summary>
    public JsonElement? RetryBackoffMax { get; init; }

    /// <summary>The same under the name Bifrost's schema gives it.</summary>
    public JsonElement? RetryBackoffMaxMs { get; init; }

    /// <summary>Connections.</summary>
    public int? MaxConnsPerHost { get; init; }

    /// <summary>Skips verification of certificates.</summary>
    public bool? InsecureSkipVerify { get; init; }

    /// <summary>Whether the upstream is told the trace.</summary>
    public bool? PropagateTrace { get; init; }

    /// <summary>Certificates to trust, usually <c>file:/path</c>.</summary>
    public string? CaCertPem { get; init; }

    /// <summary>Bifrost's members without meaning here.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary><c>cache_config</c> of a provider.</summary>
internal sealed record ProviderCacheDocument
{
    /// <summary>Whether its lists are cached.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Seconds; wins over the one in <c>cache</c>.</summary>
    public int? TtlSeconds { get; init; }

    /// <summary>Seconds; wins over the one in <c>cache</c>.</summary>
    public int? FileListTtlSeconds { get; init; }
}

/// <summary><c>proxy_config</c>.</summary>
internal sealed record ProxyDocument
{
    /// <summary><c>none</c>, <c>http</c>, <c>socks5</c> or <c>environment</c>.</summary>
    public string? Type { get; init; }

    /// <summary>Address of the proxy.</summary>
    public string? Url { get; init; }

    /// <summary>User.</summary>
    public string? Username { get; init; }

    /// <summary>Password, usually a reference.</summary>
    public string? Password { get; init; }

    /// <summary>Bifrost's members without meaning here.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary><c>custom_provider_config</c>.</summary>
internal sealed record CustomProviderDocument
{
    /// <summary>The dialect it speaks.</summary>
    public string? BaseProviderType { get; init; }

    /// <summary>Whether it takes no key.</summary>
    public bool? IsKeyLess { get; init; }

    /// <summary>Request types that are allowed; absent allows all.</summary>
    public Dictionary<string, bool>? AllowedRequests { get; init; }

    /// <summary>Known so that it can be refused with a reason.</summary>
    public Dictionary<string, string>? RequestPathOverrides { get; init; }
}
