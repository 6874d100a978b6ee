using System.Globalization;
using System.Text.Json;
using Gateway.Api;
using Gateway.Providers;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Access;

/// <summary>What a caller's rights say about a call. Pure.</summary>
internal static class AccessRules
{
    /// <summary>Memory of a container that asks for none (https://platform.openai.com/docs/api-reference/containers).</summary>
    private const string DefaultMemory = "1g";

    /// <summary>Idle minutes of a container that asks for none, of the same source.</summary>
    private const int DefaultMinutes = 20;

    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    /// <summary>
    /// The provider a call goes to. One that the caller may not use is refused, whether it is configured or not; of several names those are left out.
    /// </summary>
    /// <param name="name">What the call names: one provider, several, or <c>*</c>.</param>
    /// <param name="rights">The caller's rights.</param>
    public static Parsed<string> ProviderOf(string name, ClientRights rights)
    {
        if (rights.Providers is not { } allowed)
        {
            return name;
        }

        if (name == "*")
        {
            return allowed.Count > 0 ? name : AccessErrors.ProviderBlocked(name);
        }

        if (!ProviderSet.IsSeveral(name))
        {
            return rights.Allows(name) ? name : AccessErrors.ProviderBlocked(name);
        }

        var names = name.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var left = string.Join(',', names.Where(rights.Allows));
        return left.Length > 0 || names.Length == 0 ? left : AccessErrors.ProviderBlocked(names[0]);
    }

    /// <summary>Why the caller may not send this body, or null.</summary>
    public static GatewayError? Refusal(CallBody body, ClientRights rights) =>
        body is not CallBody.NewContainer { Spec: var spec } ? null : PolicyRefusal(spec, rights) ?? SizeRefusal(spec, rights.Limits);

    private static GatewayError? PolicyRefusal(ContainerSpec spec, ClientRights rights) =>
        rights.NetworkPolicies is not { } allowed
            || (spec.NetworkPolicy is { } json && TypeOf(json) is { } type && allowed.Contains(type))
            ? null : AccessErrors.NetworkPolicyNotAllowed(allowed);

    /// <summary>What is not said is the default of OpenAI's API, which has to be within as well: nothing is changed on the way.</summary>
    private static GatewayError? SizeRefusal(ContainerSpec spec, ClientLimits limits)
    {
        if (limits.MaxMemoryGib is { } gib && GibOf(spec.MemoryLimit) is var memory && (memory is null || memory > gib))
        {
            return AccessErrors.AboveLimit("memory_limit", $"{gib}g", DefaultMemory);
        }

        var minutes = spec.ExpiresAfter?.Minutes ?? DefaultMinutes;
        return limits.MaxExpiresAfterMinutes is { } most && minutes > most
            ? AccessErrors.AboveLimit("expires_after.minutes", most.ToString(CultureInfo.InvariantCulture), $"{DefaultMinutes}")
            : null;
    }

    /// <summary>A size such as <c>4g</c>; null for a text that two readers could take for different ones.</summary>
    private static long? GibOf(string? text) =>
        (text ?? DefaultMemory) is [.. var digits, 'g'] && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var gib)
            ? gib : null;

    /// <summary>The policy's type; null for one that says none, or that two readers could read differently.</summary>
    private static string? TypeOf(ReadOnlyMemory<byte> policy)
    {
        try
        {
            using var document = JsonDocument.Parse(policy, s_strict);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("type", out var type)
                && type.ValueKind == JsonValueKind.String ? type.GetString() : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
