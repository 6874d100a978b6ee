using Gateway.Providers.Contract;

namespace Gateway.Providers.Translation;

/// <summary>
/// Ends an operation with an answer. An exception and not a value, since it must also roll back the transaction or the upload it happens in.
/// It never leaves the provider.
/// </summary>
internal sealed class TranslationRefusedException(GatewayError error) : Exception(error.Message)
{
    public GatewayError Error { get; } = error;
}

/// <summary>The errors of providers that answer by themselves, worded as OpenAI words them where OpenAI has them.</summary>
internal static class TranslatedErrors
{
    private const int LinuxNoSpace = 28;
    private const int LinuxQuotaExceeded = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public static TranslationRefusedException UnknownContainer(string id) => new(GatewayError.Missing($"Container with id '{id}' not found."));

    public static TranslationRefusedException UnknownFile(string id, string? param = null) =>
        new(GatewayError.Missing($"Container file with id '{id}' not found.", param));

    public static TranslationRefusedException Expired() => new(GatewayError.Missing("Container is expired."));

    public static TranslationRefusedException Invalid(string message, string param, string? code = "invalid_value") =>
        new(GatewayError.Invalid(message, param, code));

    public static TranslationRefusedException UnknownCursor(string id) =>
        Invalid($"'{id}' is not an object of this list.", "after");

    public static TranslationRefusedException FileTooLarge(long limit) =>
        new(GatewayError.Invalid($"The file is larger than the limit of {limit} bytes.", "file", "file_too_large", status: 413));

    public static TranslationRefusedException SpoolFull() => new(new GatewayError
    {
        Kind = ErrorKind.Capacity,
        Status = 503,
        Message = "Too many uploads of unknown length are being received at once; try again, or send a Content-Length.",
        Type = "server_error",
        Code = "spool_full",
        RetryAfter = TimeSpan.FromSeconds(5),
    });

    /// <summary>The disk of the gateway is full.</summary>
    public static GatewayError StorageFull { get; } = new()
    {
        Kind = ErrorKind.Capacity,
        Status = 507,
        Message = "The gateway's storage is full.",
        Type = "server_error",
        Code = "storage_full",
    };

    /// <summary>What a failure of an operation tells the client, or null for a defect of the gateway.</summary>
    public static GatewayError? Of(Exception failure) => failure switch
    {
        TranslationRefusedException refused => refused.Error,
        InvalidUploadException invalid => invalid.Error,
        UpstreamBrokenException broken => broken.Error,
        _ when IsStorageFull(failure) => StorageFull,
        _ => null,
    };

    /// <summary>Whether a disk of the gateway's was full.</summary>
    public static bool IsStorageFull(Exception exception) =>
        exception is IOException { HResult: LinuxNoSpace or LinuxQuotaExceeded or WindowsDiskFull };
}
