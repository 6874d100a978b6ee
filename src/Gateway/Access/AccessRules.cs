using System.Text.Json;
using Gateway.Api;
using Gateway.Providers;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Access;

/// <summary>What a caller's rights say about a call. Pure.</summary>
internal static class AccessRules
{
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
        rights.NetworkPolicies is not { } allowed || body is not CallBody.NewContainer { Spec.NetworkPolicy: var policy }
            || (policy is { } json && TypeOf(json) is { } type && allowed.Contains(type))
            ? null : AccessErrors.NetworkPolicyNotAllowed(allowed);

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
