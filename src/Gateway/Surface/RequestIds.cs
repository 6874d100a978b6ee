namespace Gateway.Surface;

/// <summary>Request ids: the client's own when it is well formed, a new one otherwise.</summary>
internal static class RequestIds
{
    /// <summary>Longest id accepted.</summary>
    public const int MaxLength = 128;

    public static string Of(HttpContext http)
    {
        var sent = http.Request.Headers["x-request-id"];
        return sent.Count == 1 && IsWellFormed(sent[0]) ? sent[0]! : Guid.NewGuid().ToString();
    }

    /// <summary>Letters, digits and <c>-_.:</c>, at most <see cref="MaxLength"/>, not all zeros (a broken generator, seen in the field), and no key.</summary>
    public static bool IsWellFormed(string? id) =>
        id is { Length: > 0 and <= MaxLength }
        && id.AsSpan().IndexOfAnyExcept("0-") >= 0
        && !Telemetry.CredentialRedactor.IsKey(id)
        && !id.AsSpan().ContainsAnyExcept(s_characters);

    private static readonly System.Buffers.SearchValues<char> s_characters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");
}
