namespace Gateway.Api;

/// <summary>Request ids: the client's own when it is well formed, a new one otherwise.</summary>
internal static class RequestIds
{
    /// <summary>Longest id accepted.</summary>
    public const int MaxLength = 128;

    public static string Of(HttpContext http)
    {
        var sent = http.Request.Headers["x-request-id"];
        return sent.Count == 1 && IsWellFormed(sent[0]) ? sent[0]! : New();
    }

    /// <summary>
    /// A version 4 UUID. Not <see cref="Guid.NewGuid"/>: it asks the kernel for randomness that nobody could predict, which an id need not be.
    /// </summary>
    private static string New()
    {
        Span<byte> bytes = stackalloc byte[16];
#pragma warning disable CA5394 // Nothing depends on it being unpredictable.
        Random.Shared.NextBytes(bytes);
#pragma warning restore CA5394
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }

    /// <summary>
    /// Letters, digits and <c>-_.:</c>, at most <see cref="MaxLength"/>, not all zeros (a broken generator, seen in the field), and no key.
    /// </summary>
    public static bool IsWellFormed(string? id) =>
        id is { Length: > 0 and <= MaxLength }
        && id.AsSpan().IndexOfAnyExcept("0-") >= 0
        && !Telemetry.CredentialRedactor.IsKey(id)
        && !id.AsSpan().ContainsAnyExcept(s_characters);

    private static readonly System.Buffers.SearchValues<char> s_characters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");
}
