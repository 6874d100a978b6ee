using Gateway.Providers.Contract;
using Microsoft.Data.Sqlite;

namespace Gateway.Providers.Local;

/// <summary>
/// Ends an operation with an answer. An exception and not a value, since it must also roll back the transaction or the upload it happens in.
/// It never leaves this folder.
/// </summary>
internal sealed class LocalRefusedException(GatewayError error) : Exception(error.Message)
{
    public GatewayError Error { get; } = error;
}

/// <summary>Every error of this provider, worded as OpenAI words it where OpenAI has it.</summary>
internal static class LocalErrors
{
    private const int SqliteFull = 13;
    private const int LinuxNoSpace = 28;
    private const int LinuxQuotaExceeded = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public static LocalRefusedException UnknownContainer(string id) => new(GatewayError.Missing($"Container with id '{id}' not found."));

    public static LocalRefusedException UnknownFile(string id, string? param = null) =>
        new(GatewayError.Missing($"Container file with id '{id}' not found.", param));

    public static LocalRefusedException Expired() => new(GatewayError.Missing("Container is expired."));

    public static LocalRefusedException Invalid(string message, string param, string? code = "invalid_value") =>
        new(GatewayError.Invalid(message, param, code));

    public static LocalRefusedException UnknownCursor(string id) =>
        Invalid($"'{id}' is not an object of this list.", "after");

    public static LocalRefusedException FileTooLarge(long limit) =>
        new(GatewayError.Invalid($"The file is larger than the limit of {limit} bytes.", "file", "file_too_large", status: 413));

    public static LocalRefusedException QuotaExceeded(long limit, long used) =>
        new(GatewayError.Invalid(
            $"The storage quota is exceeded: {used} of {limit} bytes are in use. Delete files or containers first.",
            code: "storage_quota_exceeded",
            status: 413));

    // A 429, because it passes by itself as containers expire; but not before the client does something, so that repeating is a waste.
    public static LocalRefusedException TooManyContainers(int limit) =>
        new(new GatewayError
        {
            Kind = ErrorKind.Quota,
            Status = 429,
            Message = $"The limit of {limit} running containers is reached. Delete containers or wait until some expire.",
            Code = "container_limit_exceeded",
            Repeatable = false,
        });

    public static GatewayError StorageFull { get; } = new()
    {
        Kind = ErrorKind.Capacity,
        Status = 507,
        Message = "The gateway's storage is full.",
        Type = "server_error",
        Code = "storage_full",
    };

    public static bool IsStorageFull(Exception exception) => exception switch
    {
        IOException io => io.HResult is LinuxNoSpace or LinuxQuotaExceeded or WindowsDiskFull,
        SqliteException sqlite => sqlite.SqliteErrorCode == SqliteFull,
        _ => false,
    };
}
