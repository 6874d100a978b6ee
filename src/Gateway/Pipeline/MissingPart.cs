using Gateway.Providers.Contract;

namespace Gateway.Pipeline;

/// <summary>An account whose part of a merged list could not be read, or a provider that could not say whether it has a container.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Account">The account's name, or null when it is about the provider as a whole.</param>
/// <param name="Error">Why.</param>
internal sealed record MissingPart(string Provider, string? Account, GatewayError Error);
