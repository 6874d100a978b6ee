using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Settings;

/// <summary>One entry of <c>providers</c>, in Bifrost's words.</summary>
internal sealed record ProviderDocument
{
    /// <summary>Keys; one account each.</summary>
    public KeyDocument[] Keys { get; set; } = [];

    /// <summary>Address, time limits, repetitions, connections.</summary>
    public NetworkDocument? NetworkConfig { get; set; }

    /// <summary>Proxy on the way to the upstream.</summary>
    public ProxyDocument? ProxyConfig { get; set; }

    /// <summary>How its lists are cached.</summary>
    public ProviderCacheDocument? CacheConfig { get; set; }

    /// <summary>Makes a provider of a name that is not built in.</summary>
    public CustomProviderDocument? CustomProviderConfig { get; set; }

    /// <summary>Raw echo of requests.</summary>
    public bool SendBackRawRequest { get; set; }

    /// <summary>Raw echo of responses.</summary>
    public bool SendBackRawResponse { get; set; }

    /// <summary>Sections of dialects, and Bifrost's members without meaning here.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>One key.</summary>
internal sealed record KeyDocument
{
    /// <summary>Stable id; the name when absent.</summary>
    public string? Id { get; set; }

    /// <summary>Name in logs, metrics and <c>routing_info</c>; <c>key-1</c>, <c>key-2</c> … when absent.</summary>
    public string? Name { get; set; }

    /// <summary>The secret: <c>env.NAME</c>, <c>file:/path</c>, or itself.</summary>
    public string? Value { get; set; }

    /// <summary>Share of creates.</summary>
    public double Weight { get; set; } = 1;

    /// <summary>Whether it is used.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Its own address.</summary>
    public KeyNetworkDocument? NetworkConfig { get; set; }

    /// <summary>Sections of dialects, and Bifrost's members without meaning here.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary><c>network_config</c> of a key.</summary>
internal sealed record KeyNetworkDocument
{
    /// <summary>Address; wins over the provider's.</summary>
    public string? BaseUrl { get; set; }
}

/// <summary><c>network_config</c> of a provider.</summary>
internal sealed record NetworkDocument
{
    /// <summary>Address of the upstream.</summary>
    public string? BaseUrl { get; set; }

    /// <summary>Headers of every upstream request.</summary>
    public Dictionary<string, string> ExtraHeaders { get; set; } = [];

    /// <summary>
    /// See <see cref="NetworkSettings.RequestTimeout"/>. An hour is beyond any honest upstream, and zero would fail every call.
    /// </summary>
    [Number(1, 3600, "seconds")]
    public int DefaultRequestTimeoutInSeconds { get; set; } = 30;

    /// <summary>See <see cref="NetworkSettings.StreamIdleTimeout"/>.</summary>
    [Number(1, 3600, "seconds")]
    public int StreamIdleTimeoutInSeconds { get; set; } = 60;

    /// <summary>See <see cref="NetworkSettings.ConnectTimeout"/>.</summary>
    [Number(1, 3600, "seconds")]
    public int ConnectTimeoutInSeconds { get; set; } = 5;

    /// <summary>See <see cref="NetworkSettings.MaxRetries"/>. More than ten turn an outage into a flood.</summary>
    [Number(0, 10, "repetitions")]
    public int MaxRetries { get; set; }

    /// <summary>Milliseconds, or a duration such as <c>500ms</c>.</summary>
    [Number(1, 60_000, "milliseconds", Default = 500)]
    public JsonElement? RetryBackoffInitial { get; set; }

    /// <summary>The same under the name Bifrost's schema gives it.</summary>
    [Number(1, 60_000, "milliseconds", Default = 500)]
    public JsonElement? RetryBackoffInitialMs { get; set; }

    /// <summary>Milliseconds, or a duration such as <c>5s</c>.</summary>
    [Number(1, 60_000, "milliseconds", Default = 5000)]
    public JsonElement? RetryBackoffMax { get; set; }

    /// <summary>The same under the name Bifrost's schema gives it.</summary>
    [Number(1, 60_000, "milliseconds", Default = 5000)]
    public JsonElement? RetryBackoffMaxMs { get; set; }

    /// <summary>See <see cref="NetworkSettings.MaxConnectionsPerHost"/>; up to Bifrost's cap.</summary>
    [Number(1, 10_000, "connections")]
    public int MaxConnsPerHost { get; set; } = 5000;

    /// <summary>Skips verification of certificates.</summary>
    public bool InsecureSkipVerify { get; set; }

    /// <summary>Whether the upstream is told the trace.</summary>
    public bool PropagateTrace { get; set; }

    /// <summary>Certificates to trust, usually <c>file:/path</c>.</summary>
    public string? CaCertPem { get; set; }

    /// <summary>Bifrost's members without meaning here.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary><c>cache_config</c> of a provider.</summary>
internal sealed record ProviderCacheDocument
{
    /// <summary>Whether its lists are cached.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Wins over the one in <c>cache</c>.</summary>
    [Number(1, 86_400, "seconds")]
    public int? TtlSeconds { get; set; }

    /// <summary>Wins over the one in <c>cache</c>.</summary>
    [Number(1, 60, "seconds")]
    public int? FileListTtlSeconds { get; set; }
}

/// <summary><c>proxy_config</c>.</summary>
internal sealed record ProxyDocument
{
    /// <summary><c>none</c>, <c>http</c>, <c>socks5</c> or <c>environment</c>.</summary>
    public string? Type { get; set; }

    /// <summary>Address of the proxy.</summary>
    public string? Url { get; set; }

    /// <summary>User.</summary>
    public string? Username { get; set; }

    /// <summary>Password, usually a reference.</summary>
    public string? Password { get; set; }

    /// <summary>Bifrost's members without meaning here.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary><c>custom_provider_config</c>.</summary>
internal sealed record CustomProviderDocument
{
    /// <summary>The dialect it speaks.</summary>
    public string? BaseProviderType { get; set; }

    /// <summary>Whether it takes no key.</summary>
    public bool IsKeyLess { get; set; }

    /// <summary>Request types that are allowed; absent allows all.</summary>
    public Dictionary<string, bool>? AllowedRequests { get; set; }

    /// <summary>Known so that it can be refused with a reason.</summary>
    public Dictionary<string, string>? RequestPathOverrides { get; set; }
}
