using System.Collections.Frozen;

namespace Gateway.Providers.Contract;

/// <summary>
/// Whose containers a call is about: those that it may see, and whose the one becomes that it makes. A call without one comes from a gateway that
/// knows no client keys, where nothing is anybody's.
/// </summary>
/// <param name="Id">
/// What a container's owner is called wherever that is kept (ledger, labels, rows): a kind, a colon, and the configured id, such as
/// <c>team:research</c>. 1 to 200 characters. Compared exactly.
/// </param>
/// <param name="SeesAll">Whether it sees the containers of all tenants, and those that are nobody's. What it makes is its own all the same.</param>
public sealed record Tenant(string Id, bool SeesAll = false)
{
    /// <summary>
    /// Containers of the called provider that are nobody's there and that an operator has given to this tenant. For providers that keep the owner
    /// themselves (<see cref="Dialect.KeepsTenant"/>); the same object as long as it holds the same. Default: none.
    /// </summary>
    public FrozenSet<string> Adopted { get; init; } = [];

    /// <summary>Whether the tenant may see what this owner made.</summary>
    /// <param name="owner">The id of a tenant; null for nobody's, which only those who see all may see.</param>
    public bool Sees(string? owner) => SeesAll || owner == Id;

    /// <summary>Whether the tenant may see a container of a provider that keeps the owner: its own, or a nobody's that it was given.</summary>
    /// <param name="owner">Its owner there, or null.</param>
    /// <param name="id">Its id.</param>
    public bool Sees(string? owner, string id) => Sees(owner) || (owner is null && Adopted.Contains(id));
}

/// <summary>What a tenant, or none, means for what is looked up.</summary>
public static class TenantScope
{
    /// <summary>The only owner whose containers the tenant sees; null when it sees all of them, as calls without a tenant do.</summary>
    public static string? OnlyOwner(this Tenant? tenant) => tenant is { SeesAll: false } ? tenant.Id : null;
}
