namespace Gateway.Ledger;

/// <summary>Who owns a container, or a platform file: the account that made it.</summary>
/// <param name="Id">The provider's own id, or a file's id behind the caller's prefix.</param>
/// <param name="Provider">Configured name of the provider.</param>
/// <param name="Account">Stable id of the account.</param>
/// <param name="CreatedAt">Unix seconds of the creation; 0 for what has no place in a list, such as files.</param>
/// <param name="Tenant">
/// Whose it is; null for nobody's, or where that was not learnt. Who has been told as the owner stays it: only a create says one, and only an
/// operator (<see cref="ILedgerStore.AdoptAsync"/>) another.
/// </param>
/// <param name="Deleted">Whether it is gone and only its place in lists is kept.</param>
internal sealed record LedgerEntry(string Id, string Provider, string Account, long CreatedAt, string? Tenant, bool Deleted);
