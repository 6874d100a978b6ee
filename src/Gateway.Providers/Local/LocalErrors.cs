using Gateway.Providers.Contract;
using Gateway.Providers.Translation;
using Gateway.Sqlite;
using Microsoft.Data.Sqlite;

namespace Gateway.Providers.Local;

/// <summary>The errors only this provider has: those of its limits and its store.</summary>
internal static class LocalErrors
{
    private const int SqliteFull = 13;

    // The index of the log, which SQLite keeps in a file beside it, cannot grow.
    private const int SqliteIndexFull = 4874;

    /// <summary>More waits for the disk than may.</summary>
    public static GatewayError Busy { get; } = new()
    {
        Kind = ErrorKind.Capacity,
        Status = 503,
        Message = "The gateway's storage has too much to do. Repeat the request.",
        Type = "server_error",
        Code = "storage_busy",
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    public static TranslationRefusedException QuotaExceeded(long limit, long used) =>
        new(GatewayError.Invalid(
            $"The storage quota is exceeded: {used} of {limit} bytes are in use. Delete files or containers first.",
            code: "storage_quota_exceeded",
            status: 413));

    // A 429, because it passes by itself as containers expire; but not before the client does something, so that repeating is a waste.
    public static TranslationRefusedException TooManyContainers(int limit) =>
        new(new GatewayError
        {
            Kind = ErrorKind.Quota,
            Status = 429,
            Message = $"The limit of {limit} running containers is reached. Delete containers or wait until some expire.",
            Code = "container_limit_exceeded",
            Retryable = false,
        });

    /// <summary>What a failure of an operation tells the client, or null for a defect of the gateway.</summary>
    public static GatewayError? Of(Exception failure) => failure switch
    {
        DiskBusyException => Busy,
        _ when IsStorageFull(failure) => TranslatedErrors.StorageFull,
        _ => TranslatedErrors.Of(failure),
    };

    public static bool IsStorageFull(Exception exception) =>
        TranslatedErrors.IsStorageFull(exception) || exception is SqliteException { SqliteErrorCode: SqliteFull }
        || exception is SqliteException { SqliteExtendedErrorCode: SqliteIndexFull };
}
