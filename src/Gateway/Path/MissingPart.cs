using Gateway.Providers.Contract;

namespace Gateway.Path;

/// <summary>An account whose part of a merged list could not be read.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Account">The account's name, or null for a provider without accounts.</param>
/// <param name="Error">Why.</param>
internal sealed record MissingPart(string Provider, string? Account, GatewayError Error);
