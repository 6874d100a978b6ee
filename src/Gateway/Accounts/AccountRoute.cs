using System.Collections.Immutable;
using Gateway.Providers.Contract;

namespace Gateway.Accounts;

/// <summary>Why a call goes where it goes; `/explain` says it in these words.</summary>
internal enum RouteReason
{
    /// <summary>The provider works inside the gateway.</summary>
    NoAccounts,

    /// <summary>There is no other account.</summary>
    OnlyAccount,

    /// <summary>The call names the account.</summary>
    Pinned,

    /// <summary>The ledger knows the account as the container's owner.</summary>
    Owner,

    /// <summary>Nobody knows the owner: all accounts are asked for the container.</summary>
    OwnerUnknown,

    /// <summary>A list: all accounts are asked, and their answers merged.</summary>
    Merged,

    /// <summary>The ledger knows the account as the one that holds a file the call refers to; the others follow by weight.</summary>
    HoldsFile,

    /// <summary>Any account may take it, drawn by weight among those that are well.</summary>
    Weighted,
}

/// <summary>Where a call goes.</summary>
/// <param name="Accounts">Accounts in the order in which they are asked; empty when the provider has none.</param>
/// <param name="Reason">Why these.</param>
internal readonly record struct AccountRoute(ImmutableArray<Account> Accounts, RouteReason Reason);
