using System.Collections.Immutable;

namespace Gateway.Providers.Contract;

/// <summary>Whether a request may be sent again when it is unknown if the first one had an effect.</summary>
public enum Idempotency
{
    /// <summary>Never once request bytes may have been processed (creates).</summary>
    Never,

    /// <summary>Always (reads).</summary>
    Safe,

    /// <summary>Always; "not found" on a repetition means that the first one worked (deletes).</summary>
    Delete,

    /// <summary>
    /// Always, on the same account: the request carries a key by which the provider knows a repetition, in a header or its body (AWS:
    /// <c>clientToken</c>).
    /// </summary>
    Keyed,
}

/// <summary>One upstream exchange, as data.</summary>
public sealed record UpstreamRequest
{
    /// <summary>HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>Path and query below <see cref="Endpoint"/>.</summary>
    public required RequestTarget Target { get; init; }

    /// <summary>Which of the account's addresses it goes to; null, the default, for its base address.</summary>
    public UpstreamEndpoint? Endpoint { get; init; }

    /// <summary>
    /// Headers of the dialect's own, beside <see cref="Accept"/> and those of the body. They win over forwarded and configured ones of the same name;
    /// a credential is the account's and never here.
    /// </summary>
    public ImmutableArray<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>What is sent.</summary>
    public RequestBody Body { get; init; } = RequestBody.Nothing.Instance;

    /// <summary>True when a successful body is streamed to the client as it is, false when it is collected.</summary>
    public bool Streams { get; init; }

    /// <summary>May it be sent again?</summary>
    public Idempotency Idempotency { get; init; } = Idempotency.Never;

    /// <summary>Largest body collected, in bytes; a larger one is a broken upstream. Default 16 MiB: a full page of the largest objects.</summary>
    public int MaxResponseBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// True when an opened body tells by itself whether it is complete: it is asked for over HTTP/1.0 then, without the chunks that cost both sides
    /// dearly for a file.
    /// </summary>
    public bool IsSelfDelimiting { get; init; }

    /// <summary><c>Accept</c> of the exchange; null keeps the client's when the body is streamed and says JSON otherwise.</summary>
    public string? Accept { get; init; }
}

/// <summary>A path, percent-encoded by construction, with its query.</summary>
public sealed record RequestTarget
{
    private static readonly RequestTarget s_root = new("", []);

    private RequestTarget(string path, ImmutableArray<KeyValuePair<string, string>> query)
    {
        Path = path;
        Query = query;
    }

    /// <summary>Encoded path with a leading slash.</summary>
    public string Path { get; }

    /// <summary>Decoded query parameters in order.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Query { get; }

    /// <summary>Joins segments; each is encoded, so that none can reach outside its place.</summary>
    public static RequestTarget Of(params ReadOnlySpan<string> segments) => s_root.Below(segments);

    /// <summary>A place below this one, without its query.</summary>
    public RequestTarget Below(params ReadOnlySpan<string> segments)
    {
        var path = Path;
        foreach (var segment in segments)
        {
            path = string.Concat(path, "/", Uri.EscapeDataString(segment));
        }

        return new RequestTarget(path, []);
    }

    /// <summary>The same path with these parameters appended.</summary>
    public RequestTarget With(IEnumerable<KeyValuePair<string, string>> query) => new(Path, [.. Query, .. query]);

    /// <inheritdoc cref="With(IEnumerable{KeyValuePair{string, string}})"/>
    public RequestTarget With(ImmutableArray<KeyValuePair<string, string>> query) => query.IsEmpty ? this : new(Path, Query.AddRange(query));
}

/// <summary>What a request sends.</summary>
public abstract record RequestBody
{
    private RequestBody()
    {
    }

    /// <summary>No body.</summary>
    public sealed record Nothing : RequestBody
    {
        /// <summary>The only instance.</summary>
        public static readonly Nothing Instance = new();
    }

    /// <summary>Bytes that are there already; they can be sent again.</summary>
    /// <param name="Content">The bytes.</param>
    /// <param name="ContentType">Their type.</param>
    public sealed record Bytes(ReadOnlyMemory<byte> Content, string ContentType) : RequestBody;

    /// <summary>Bytes that arrive while they are sent; they can be sent once.</summary>
    /// <param name="Content">The bytes.</param>
    /// <param name="ContentType">Their type.</param>
    /// <param name="Length">Their number, or null when unknown.</param>
    public sealed record Streaming(Stream Content, string ContentType, long? Length) : RequestBody;
}
