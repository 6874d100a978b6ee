using System.Collections.Immutable;

namespace Gateway.Ledger;

/// <summary>Containers that an operator gives to a tenant.</summary>
/// <param name="Provider">Configured name of their provider.</param>
/// <param name="Ids">Their ids.</param>
/// <param name="Tenant">The tenant's id.</param>
/// <param name="IsKeptThere">
/// Whether the provider keeps owners itself. What it says wins; what it has as nobody's, the tenant is given by <see cref="AdoptedContainers"/>.
/// </param>
internal sealed record Adoption(string Provider, ImmutableArray<string> Ids, string Tenant, bool IsKeptThere);

/// <summary>Everything that was given to tenants of providers that keep the owner themselves.</summary>
/// <param name="Version">Another one after each adoption, of whichever provider.</param>
/// <param name="Entries">Provider, id and tenant.</param>
internal sealed record AdoptedContainers(string Version, IReadOnlyList<(string Provider, string Id, string Tenant)> Entries);
