using System.Collections.Frozen;
using Gateway.Providers.Contract;

namespace Gateway.Settings;

/// <summary>Reads one entry of <c>providers</c>.</summary>
internal static class ProviderReader
{
    /// <summary>Reads the entry; null when it is left out (no containers API) or refused.</summary>
    public static ProviderSettings? Read(string name, ProviderDocument document, Reading reading)
    {
        var path = JsonPath.Member("$.providers", name);
        if (!IsName(name))
        {
            reading.Findings.Refuse(path, "the name must be 1 to 64 of a-z, 0-9, - and _, beginning with a letter or digit");
            return null;
        }

        if (DialectReader.Read(name, document.CustomProviderConfig, path, reading) is not { } dialect)
        {
            return null;
        }

        var missing = new List<string>();
        var network = NetworkReader.Read(path, document, reading, missing);
        var baseUrl = reading.Url($"{path}.network_config.base_url", document.NetworkConfig?.BaseUrl, missing);
        var section = Sections.ReadOwn(document.Others, known => known.Section, path, dialect, reading, missing);
        var provider = new ProviderSettings
        {
            Name = name,
            Dialect = dialect,
            Options = section.Options,
            Network = network,
            AllowedOperations = Allowed(document.CustomProviderConfig, $"{path}.custom_provider_config", reading),
            CacheTtl = CacheTtl(document.CacheConfig),
            FileListTtl = document.CacheConfig?.FileListTtlSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            SendBackRawRequest = document.SendBackRawRequest,
            SendBackRawResponse = document.SendBackRawResponse,
        };
        provider = dialect.Address is null ? WithoutAccounts(provider, document, path, reading)
            : WithAccounts(provider, document, path, baseUrl, section, reading);
        if (missing.Count == 0)
        {
            return provider;
        }

        var reason = string.Join("; ", missing.Distinct());
        reading.Findings.Warn(path, $"{reason}; the provider is unavailable");
        return provider with { Accounts = [], Unavailable = reason };
    }

    private static TimeSpan? CacheTtl(ProviderCacheDocument? document) => document switch
    {
        { Enabled: false } => TimeSpan.Zero,
        { TtlSeconds: { } seconds } => TimeSpan.FromSeconds(seconds),
        _ => null,
    };

    private static ProviderSettings WithAccounts(
        ProviderSettings provider, ProviderDocument document, string path, string? baseUrl, Section section, Reading reading)
    {
        var keys = document.Keys;
        var accounts = new AccountsReader(
            path, provider.Dialect, baseUrl, document.NetworkConfig?.BaseUrl is not null && baseUrl is null, section, reading);
        var takesKeys = provider.Dialect.NeedsKey || (provider.Dialect.KeySection is not null && keys.Length > 0);
        if (!takesKeys || document.CustomProviderConfig is { IsKeyLess: true })
        {
            if (keys.Length > 0)
            {
                reading.Findings.Warn($"{path}.keys", "has no effect: the provider is key-less");
            }

            if (provider.Dialect.NeedsKey && document.NetworkConfig?.BaseUrl is null)
            {
                reading.Findings.Refuse($"{path}.network_config.base_url", "is required: a key-less provider has no address of its own");
                return provider;
            }

            return provider with { Accounts = accounts.ReadKeyLess() };
        }

        if (provider.Dialect.NeedsKey && provider.Name != provider.Dialect.Name && document.NetworkConfig?.BaseUrl is null
            && Array.Exists(keys, key => key.NetworkConfig?.BaseUrl is null))
        {
            // Its dialect's own address belongs to somebody else, who would be sent its key.
            reading.Findings.Refuse($"{path}.network_config.base_url", "is required: a custom provider has no address of its own");
            return provider;
        }

        var unusable = new List<string>();
        var usable = accounts.Read(keys, unusable);
        if (usable.Length > 0)
        {
            return provider with { Accounts = usable };
        }

        var none = keys.Length == 0 ? "no key is configured" : keys.All(key => !key.Enabled) ? "every key is disabled" : null;
        if (none is not null)
        {
            reading.Findings.Warn(path, $"{none}; the provider is unavailable");
        }

        return provider with { Unavailable = none ?? string.Join("; ", unusable.Distinct()) };
    }

    private static ProviderSettings WithoutAccounts(ProviderSettings provider, ProviderDocument document, string path, Reading reading)
    {
        foreach (var (member, isGiven) in new[]
        {
            ("keys", document.Keys.Length > 0),
            ("network_config", document.NetworkConfig is not null),
            ("proxy_config", document.ProxyConfig is not null),
        })
        {
            if (isGiven)
            {
                reading.Findings.Warn($"{path}.{member}", $"has no effect: nothing of {provider.Dialect.Name} leaves the gateway");
            }
        }

        return provider;
    }

    private static FrozenSet<Operation>? Allowed(CustomProviderDocument? custom, string path, Reading reading)
    {
        if (custom?.AllowedRequests is not { } requests)
        {
            return null;
        }

        foreach (var name in requests.Keys.Where(name => Operation.Find(name) is null && !IgnoredMembers.RequestTypes.Contains(name)))
        {
            var hint = Nearest.Hint(name, Operation.All.Select(operation => operation.Name).Concat(IgnoredMembers.RequestTypes));
            reading.Findings.Refuse(JsonPath.Member($"{path}.allowed_requests", name), $"unknown request type{hint}");
        }

        return requests.Where(request => request.Value).Select(request => Operation.Find(request.Key)).OfType<Operation>().ToFrozenSet();
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 64
            && name[0] is not ('-' or '_') && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');
}
