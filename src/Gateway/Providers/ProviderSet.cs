using System.Collections.Immutable;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Providers;

/// <summary>Which providers a name means: one, several separated by commas, or <c>*</c> for all. Only container lists may mean several.</summary>
internal static class ProviderSet
{
    private const int MaxNames = 32;

    /// <summary>True for <c>*</c> and for comma-separated names.</summary>
    public static bool IsSeveral(string name) => name == "*" || name.Contains(',', StringComparison.Ordinal);

    /// <summary>The configured providers a list shall cover, in order, without repetitions.</summary>
    /// <param name="name">One name, several, or <c>*</c>.</param>
    /// <param name="settings">The configuration.</param>
    /// <param name="error">What is wrong with one of the names, or null.</param>
    public static ImmutableArray<ProviderSettings> Resolve(string name, GatewaySettings settings, out GatewayError? error)
    {
        error = null;
        if (name == "*")
        {
            return [.. settings.Providers.Values.Where(MayList).OrderBy(provider => provider.Name, StringComparer.Ordinal)];
        }

        var names = name.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().ToList();
        if (names.Count is 0 or > MaxNames)
        {
            error = GatewayError.Invalid($"provider must name 1 to {MaxNames} providers", "provider", "invalid_value");
            return [];
        }

        var providers = ImmutableArray.CreateBuilder<ProviderSettings>(names.Count);
        foreach (var each in names)
        {
            // An unavailable one is a missing part of the list, not a reason to refuse it.
            var refusal = Refusal(each, Operation.ContainerList, settings, out var provider);
            error ??= refusal is { Code: not "provider_unavailable" } ? refusal : null;
            if (provider is not null)
            {
                providers.Add(provider);
            }
        }

        return providers.DrainToImmutable();
    }

    /// <summary>Who asks for all does not mean those that never show a list.</summary>
    private static bool MayList(ProviderSettings provider) => provider.AllowedOperations?.Contains(Operation.ContainerList) != false;

    /// <summary>Why this provider cannot serve the operation, or null.</summary>
    public static GatewayError? Refusal(string name, Operation operation, GatewaySettings settings, out ProviderSettings? provider)
    {
        if (!settings.Providers.TryGetValue(name, out provider))
        {
            return ProviderCatalog.KnownNames.Contains(name) && !ProviderCatalog.TryFind(name, out _)
                ? GatewayError.Unsupported(operation, name)
                : GatewayError.Invalid("failed to get config for provider: not found", "provider", "provider_not_found");
        }

        if (provider.AllowedOperations?.Contains(operation) == false)
        {
            return GatewayError.Unsupported(operation, name);
        }

        return provider.Unavailable is { } reason ? Unavailable(provider.Name, reason) : null;
    }

    /// <summary>A provider that is configured and cannot be used.</summary>
    public static GatewayError Unavailable(string name, string reason) => new()
    {
        Kind = ErrorKind.Credential,
        Status = 503,
        Type = "server_error",
        Code = "provider_unavailable",
        Message = $"provider {name} is not available: {reason}",
        Retryable = false,
    };
}
