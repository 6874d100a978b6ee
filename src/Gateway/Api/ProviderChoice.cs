using Gateway.Providers.Contract;

namespace Gateway.Api;

/// <summary>
/// Which provider a call names. It may be said in the query, the body and a header; saying it twice is fine, saying two different things is not.
/// </summary>
internal sealed class ProviderChoice
{
    private const int MaxName = 64;

    /// <summary>Room for a list of several names.</summary>
    private const int MaxNames = 2048;

    /// <summary>The provider named so far, or null.</summary>
    public string? Named { get; private set; }

    /// <summary>Notes one mention; returns the error when it contradicts an earlier one.</summary>
    public GatewayError? Add(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return null;
        }

        if (name.Length > MaxNames || (name.Length > MaxName && name.Split(',').Any(each => each.Length > MaxName)) || ClientText.HasControls(name))
        {
            return GatewayError.Invalid("failed to get config for provider: not found", "provider", "provider_not_found");
        }

        if (Named is not null && Named != name)
        {
            return GatewayError.Invalid($"provider is given as both \"{Named}\" and \"{name}\"", "provider", "contradicting_provider");
        }

        Named = name;
        return null;
    }

    /// <summary>What is wrong with a mention that came after the provider had been chosen, or null.</summary>
    public static GatewayError? CheckLate(string? name, string? chosen)
    {
        var choice = new ProviderChoice();
        return choice.Add(chosen) ?? choice.Add(name);
    }

    /// <summary>The provider named, else the surface's default, else Bifrost's own message.</summary>
    public Parsed<string> Decide(string? fallback, Operation operation) =>
        (Named ?? fallback) is { } name
            ? name
            : GatewayError.Invalid(
                operation == Operation.ContainerCreate ? "provider is required" : "provider query parameter is required",
                "provider", "missing_required_parameter");
}
