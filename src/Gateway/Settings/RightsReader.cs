using System.Collections.Frozen;

namespace Gateway.Settings;

/// <summary>Reads what keys may do, and their teams where they say nothing themselves.</summary>
/// <param name="providers">The configured providers.</param>
/// <param name="rates">Rate limits by id.</param>
/// <param name="emptyMeansAll">Whether an empty list allows everything: Bifrost's files of version 1. Otherwise it allows nothing.</param>
/// <param name="reading">What to work with.</param>
internal sealed class RightsReader(
    Dictionary<string, ProviderDocument> providers, Dictionary<string, RateLimit?> rates, bool emptyMeansAll, Reading reading)
{
    private static readonly string[] s_policies = ["disabled", "allowlist"];

    private static readonly string[] s_memory = ["1g", "4g", "16g", "64g"];

    /// <summary>Refuses what has no meaning.</summary>
    public static void Check(RightsDocument document, string path, Reading reading)
    {
        if (document.Containers is not (null or "own" or "all"))
        {
            reading.Findings.Refuse($"{path}.containers", "must be own or all");
        }

        for (var i = 0; i < document.NetworkPolicies?.Length; i++)
        {
            if (!s_policies.Contains(document.NetworkPolicies[i]))
            {
                reading.Findings.Refuse(JsonPath.Element($"{path}.network_policies", i), "must be disabled or allowlist");
            }
        }

        if (document.Limits?.MaxMemoryLimit is { } memory && !s_memory.Contains(memory))
        {
            reading.Findings.Refuse($"{path}.limits.max_memory_limit", $"must be one of {string.Join(", ", s_memory)}");
        }

        // A bound that were read and not kept would be believed in.
        (string Member, int? Value)[] later =
            [("max_containers", document.Limits?.MaxContainers), ("max_total_size_mb", document.Limits?.MaxTotalSizeMb)];
        foreach (var (member, value) in later)
        {
            if (value is not null)
            {
                reading.Findings.Refuse($"{path}.limits.{member}", "is not enforced by this version, so that it cannot be given");
            }
        }
    }

    /// <summary>What a key may do. Both documents have been checked.</summary>
    /// <param name="key">What it says itself.</param>
    /// <param name="configs">Its providers.</param>
    /// <param name="team">What its team says, or null.</param>
    /// <param name="path">Its place.</param>
    public ClientRights Read(RightsDocument key, ProviderConfigDocument[] configs, RightsDocument? team, string path) => new()
    {
        Providers = ProvidersOf(configs, path),
        NetworkPolicies = (key.NetworkPolicies ?? team?.NetworkPolicies)?.ToFrozenSet(StringComparer.Ordinal),
        Limits = LimitsOf(key.Limits, team?.Limits),
        AllowPinning = key.AllowPinning ?? team?.AllowPinning ?? false,
        AllowForwardedHeaders = key.AllowForwardedHeaders ?? team?.AllowForwardedHeaders ?? false,
    };

    private static ClientLimits LimitsOf(LimitsDocument? key, LimitsDocument? team)
    {
        const long Mb = 1024 * 1024;
        if (key is null && team is null)
        {
            return ClientLimits.None;
        }

        return new ClientLimits
        {
            MaxMemoryGib = (key?.MaxMemoryLimit ?? team?.MaxMemoryLimit) switch
            {
                "1g" => 1, "4g" => 4, "16g" => 16, "64g" => 64, _ => null,
            },
            MaxExpiresAfterMinutes = key?.MaxExpiresAfterMinutes ?? team?.MaxExpiresAfterMinutes,
            MaxFileBytes = (key?.MaxFileSizeMb ?? team?.MaxFileSizeMb) * Mb,
            MaxConcurrentCalls = key?.MaxConcurrentCalls,
        };
    }

    /// <summary>Providers the key may use; null for all.</summary>
    private FrozenDictionary<string, ProviderRights>? ProvidersOf(ProviderConfigDocument[] documents, string path)
    {
        if (documents.Length == 0)
        {
            if (!emptyMeansAll)
            {
                reading.Findings.Warn(path, "may use no provider: provider_configs is empty; { \"provider\": \"*\" } allows all");
            }

            return emptyMeansAll ? null : FrozenDictionary<string, ProviderRights>.Empty;
        }

        var allowed = new Dictionary<string, ProviderRights>();
        var isEverything = false;
        for (var i = 0; i < documents.Length; i++)
        {
            var (document, at) = (documents[i], JsonPath.Element($"{path}.provider_configs", i));
            var rate = reading.Find($"{at}.rate_limit_id", document.RateLimitId, rates, "rate limit");
            if (document.Provider == "*")
            {
                isEverything = true;
                RefuseDetails(document, at);
            }
            else if (document.Provider is not { } name || !providers.TryGetValue(name, out var provider))
            {
                var hint = document.Provider is null ? "" : Nearest.Hint(document.Provider, providers.Keys);
                reading.Findings.Refuse($"{at}.provider", $"names no configured provider{hint}");
            }
            else if (AccountsOf(document.KeyIds, provider, at, out var accounts)
                && !allowed.TryAdd(name, new ProviderRights(accounts, rate)))
            {
                reading.Findings.Refuse($"{at}.provider", $"\"{name}\" is named twice");
            }
        }

        if (isEverything && documents.Length > 1)
        {
            reading.Findings.Refuse($"{path}.provider_configs", "\"*\" stands for all providers, so no other can be named beside it");
        }

        return isEverything ? null : allowed.ToFrozenDictionary();
    }

    private void RefuseDetails(ProviderConfigDocument document, string path)
    {
        if (document.KeyIds is not null || document.RateLimitId is not null)
        {
            reading.Findings.Refuse(path, "\"*\" can have neither key_ids nor a rate limit; name the providers");
        }
    }

    /// <summary>False when it may use none of the provider's accounts.</summary>
    private bool AccountsOf(string[]? ids, ProviderDocument provider, string path, out FrozenSet<string>? accounts)
    {
        accounts = null;
        if (ids is null or ["*"] || (ids.Length == 0 && emptyMeansAll))
        {
            return true;
        }

        if (ids.Length == 0)
        {
            reading.Findings.Warn($"{path}.key_ids", "allows none of the provider's keys; [ \"*\" ] allows all");
            return false;
        }

        var known = (provider.Keys ?? []).SelectMany((key, index) => new[] { key.Id, key.Name ?? $"key-{index + 1}" }).OfType<string>().ToHashSet();
        for (var i = 0; i < ids.Length; i++)
        {
            if (!known.Contains(ids[i]))
            {
                reading.Findings.Refuse(
                    JsonPath.Element($"{path}.key_ids", i), $"names no key of the provider{Nearest.Hint(ids[i], known)}");
            }
        }

        accounts = ids.ToFrozenSet(StringComparer.Ordinal);
        return true;
    }
}
