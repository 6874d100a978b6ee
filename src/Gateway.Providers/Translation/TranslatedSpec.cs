using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using Gateway.Providers.Contract;
using Gateway.Providers.Json;

namespace Gateway.Providers.Translation;

/// <summary>What a container shall be like: a create request whose meaning has been checked.</summary>
internal sealed record TranslatedSpec
{
    /// <summary>The only anchor there is.</summary>
    public const string Anchor = "last_active_at";

    /// <summary>Idle expiry of a container that asks for none, in minutes; OpenAI's.</summary>
    public const int DefaultIdleMinutes = 20;

    /// <summary>Longest idle expiry, in minutes.</summary>
    public const int MaxIdleMinutes = 1440;

    /// <summary>Memory of a container that asks for none.</summary>
    public const string DefaultMemoryLimit = "1g";

    private const int MaxNameLength = 256;
    private const int MaxPairs = 16;
    private const int MaxKeyLength = 64;
    private const int MaxValueLength = 512;
    private const int MaxMemberBytes = 64 * 1024;
    private const int MaxPolicyBytes = 256 * 1024;
    private const int MaxDomains = 1000;
    private const int MaxDomainLength = 253;

    private TranslatedSpec()
    {
    }

    /// <summary>The memory limits there are.</summary>
    public static FrozenSet<string> MemoryLimits { get; } = FrozenSet.Create("1g", "4g", "16g", "64g");

    public required string Name { get; init; }

    public required long IdleMinutes { get; init; }

    public required string MemoryLimit { get; init; }

    /// <summary>JSON object, or null.</summary>
    public required string? NetworkPolicy { get; init; }

    /// <summary>JSON object, or null.</summary>
    public required string? Metadata { get; init; }

    /// <summary>Files to copy in, each once.</summary>
    public required IReadOnlyList<string> FileIds { get; init; }

    /// <summary>Checks a request; throws <see cref="TranslationRefusedException"/> naming the member at fault.</summary>
    public static TranslatedSpec From(ContainerSpec spec)
    {
        if (Length(spec.Name) is 0 or > MaxNameLength)
        {
            throw TranslatedErrors.Invalid($"'name' must have 1 to {MaxNameLength} characters.", "name");
        }

        if (spec.Skills is { } skills && !IsEmptyArray(skills.Span))
        {
            throw TranslatedErrors.Invalid("'skills' is not supported by this provider.", "skills", "unsupported_parameter");
        }

        return Bounded(new TranslatedSpec
        {
            Name = spec.Name,
            IdleMinutes = IdleMinutesOf(spec.ExpiresAfter),
            MemoryLimit = MemoryLimitOf(spec.MemoryLimit),
            NetworkPolicy = NetworkPolicyOf(spec.NetworkPolicy),
            Metadata = MetadataOf(spec.Metadata),
            FileIds = [.. spec.FileIds.Distinct()],
        });
    }

    // What is kept of a container: many of the largest must not fill a memory or a disk that only counts files.
    private static TranslatedSpec Bounded(TranslatedSpec spec)
    {
        (string Member, int Bytes)[] members =
        [
            ("name", Utf8(spec.Name)), ("metadata", Utf8(spec.Metadata)), ("network_policy", Utf8(spec.NetworkPolicy)),
        ];
        return members.Sum(member => member.Bytes) <= MaxMemberBytes
            ? spec
            : throw TranslatedErrors.Invalid(
                $"'name', 'metadata' and 'network_policy' must not take more than {MaxMemberBytes} bytes together.",
                members.MaxBy(member => member.Bytes).Member);

        static int Utf8(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text);
    }

    private static bool IsEmptyArray(ReadOnlySpan<byte> json)
    {
        var items = new MemberReader(json);
        return items.IsArray && !items.Next();
    }

    private static long IdleMinutesOf(ExpiresAfter? expiry)
    {
        if (expiry is null)
        {
            return DefaultIdleMinutes;
        }

        if (expiry.Anchor != Anchor)
        {
            throw TranslatedErrors.Invalid($"'expires_after.anchor' must be '{Anchor}'.", "expires_after.anchor");
        }

        return expiry.Minutes switch
        {
            < 1 => throw TranslatedErrors.Invalid(
                $"'expires_after.minutes' must be 1 or more, but is {expiry.Minutes}.", "expires_after.minutes", "integer_below_min_value"),
            > MaxIdleMinutes => throw TranslatedErrors.Invalid(
                $"'expires_after.minutes' must be {MaxIdleMinutes} or less, but is {expiry.Minutes}.",
                "expires_after.minutes",
                "integer_above_max_value"),
            _ => expiry.Minutes,
        };
    }

    private static string MemoryLimitOf(string? limit) => limit switch
    {
        null => DefaultMemoryLimit,
        _ when MemoryLimits.Contains(limit) => limit,
        _ => throw TranslatedErrors.Invalid("'memory_limit' must be one of '1g', '4g', '16g' and '64g'.", "memory_limit"),
    };

    private static string? MetadataOf(IReadOnlyList<KeyValuePair<string, string>> pairs)
    {
        if (pairs.Count == 0)
        {
            return null;
        }

        if (pairs.Count > MaxPairs)
        {
            throw TranslatedErrors.Invalid($"'metadata' must not have more than {MaxPairs} pairs.", "metadata");
        }

        if (pairs.Any(pair => Length(pair.Key) > MaxKeyLength || Length(pair.Value) > MaxValueLength))
        {
            throw TranslatedErrors.Invalid(
                $"'metadata' keys must not be longer than {MaxKeyLength} and values not longer than {MaxValueLength} characters.", "metadata");
        }

        return TranslatedJson.Metadata(pairs);
    }

    // Only what may be shown again is kept: domain_secrets are write-only and nothing here could use them.
    private static string? NetworkPolicyOf(ReadOnlyMemory<byte>? given)
    {
        if (given is not { } json)
        {
            return null;
        }

        if (json.Length > MaxPolicyBytes)
        {
            throw TranslatedErrors.Invalid($"'network_policy' must not be longer than {MaxPolicyBytes} bytes.", "network_policy");
        }

        using var document = JsonDocument.Parse(json);
        var policy = document.RootElement;
        if (policy.ValueKind != JsonValueKind.Object)
        {
            throw TranslatedErrors.Invalid("'network_policy' must be an object.", "network_policy", "invalid_type");
        }

        if (!policy.TryGetProperty("type", out var type))
        {
            throw TranslatedErrors.Invalid("'network_policy.type' is required.", "network_policy.type", "missing_required_parameter");
        }

        return Text(type) switch
        {
            "disabled" => TranslatedJson.NetworkPolicy("disabled", allowedDomains: null),
            "allowlist" => TranslatedJson.NetworkPolicy("allowlist", DomainsOf(policy)),
            _ => throw TranslatedErrors.Invalid("'network_policy.type' must be 'disabled' or 'allowlist'.", "network_policy.type"),
        };
    }

    private static List<string> DomainsOf(JsonElement policy)
    {
        const string Param = "network_policy.allowed_domains";
        if (!policy.TryGetProperty("allowed_domains", out var given) || given.ValueKind != JsonValueKind.Array || given.GetArrayLength() == 0)
        {
            throw TranslatedErrors.Invalid($"'{Param}' must be an array of at least one domain.", Param);
        }

        if (given.GetArrayLength() > MaxDomains)
        {
            throw TranslatedErrors.Invalid($"'{Param}' must not have more than {MaxDomains} domains.", Param, "array_above_max_length");
        }

        var domains = new List<string>(given.GetArrayLength());
        foreach (var item in given.EnumerateArray())
        {
            if (Text(item) is not { Length: <= MaxDomainLength } domain || string.IsNullOrWhiteSpace(domain))
            {
                throw TranslatedErrors.Invalid($"'{Param}' must hold strings of 1 to {MaxDomainLength} characters.", Param);
            }

            domains.Add(domain);
        }

        return domains;
    }

    // Null for anything but a string of valid Unicode: JSON can escape half a surrogate pair, and GetString throws on it.
    private static string? Text(JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    // In code points: what a caller counts as a character, and independent of how .NET stores it.
    private static int Length(string text) => text.EnumerateRunes().Count();
}
