namespace Gateway.Ledger;

/// <summary>Log events of the ledger. Ids of containers, tenants and connection strings are never part of them.</summary>
internal static partial class LedgerEvents
{
    [LoggerMessage(1200, LogLevel.Warning, "The ledger's store is out of reach; owners not seen by this process are looked up at the providers")]
    public static partial void LedgerDegraded(this ILogger logger);

    [LoggerMessage(1201, LogLevel.Information, "The ledger's store answers again")]
    public static partial void LedgerRecovered(this ILogger logger);

    [LoggerMessage(1202, LogLevel.Warning, "The ledger ended with {Count} changes its store never got; they will be learnt again")]
    public static partial void ChangesLost(this ILogger logger, int count);

    [LoggerMessage(1203, LogLevel.Warning, "The ledger '{Path}' cannot be used ({Reason}); it was set aside as '{Aside}' and starts empty")]
    public static partial void LedgerSetAside(this ILogger logger, string path, string reason, string aside);

    [LoggerMessage(1204, LogLevel.Error, "The ledger '{Path}' cannot be opened ({Reason}); owners are kept in memory until it can")]
    public static partial void LedgerNotOpened(this ILogger logger, string path, string reason);

    [LoggerMessage(1205, LogLevel.Warning, "The ledger's database failed with SQLite error {Code}: {Reason}")]
    public static partial void DatabaseFailed(this ILogger logger, int code, string reason);

    [LoggerMessage(1206, LogLevel.Error, "Owners that wait for the ledger's store are in memory only, since the disk does not take them: {Reason}")]
    public static partial void OwnersNotKept(this ILogger logger, string reason);
}
