namespace Gateway.Ledger;

/// <summary>Whether the store behind the ledger answers.</summary>
internal enum LedgerState
{
    /// <summary>It does.</summary>
    Ok,

    /// <summary>It does not: the ledger knows what this process saw, keeps new entries in memory and tries again.</summary>
    Degraded,
}

/// <summary>The state of the ledger's store.</summary>
/// <param name="State">Now.</param>
/// <param name="Since">When this state began.</param>
internal sealed record LedgerHealth(LedgerState State, DateTimeOffset Since);
