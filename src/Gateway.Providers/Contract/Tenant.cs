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
    /// <summary>Whether the tenant may see what this owner made.</summary>
    /// <param name="owner">The id of a tenant; null for nobody's, which only those who see all may see.</param>
    public bool Sees(string? owner) => SeesAll || owner == Id;
}
