using Gateway.Providers.Json;

namespace Gateway.Providers.Contract;

/// <summary>What goes back to the client, as data, before any byte is written.</summary>
public abstract record Reply
{
    private Reply()
    {
    }

    /// <summary>A JSON object; the gateway adds <c>extra_fields</c>.</summary>
    /// <param name="Body">One complete, valid JSON object.</param>
    /// <param name="Shape">What a validating pass that looked out for <see cref="JsonMembers.ExtraFields"/> found, or null when there was none
    /// yet.</param>
    public sealed record Json(ReadOnlyMemory<byte> Body, JsonShape? Shape = null) : Reply
    {
        /// <summary>Entity tag of the body with its quotes, or null when nobody has made one.</summary>
        public string? ETag { get; init; }
    }

    /// <summary>The bytes of a file, from a source the gateway can seek in: ranges and conditions are answered by the gateway.</summary>
    /// <param name="Body">Seekable, if only forward and once before it is read; disposed by the writer.</param>
    /// <param name="ContentType">Its type.</param>
    /// <param name="FileName">Name to save it under, or null.</param>
    /// <param name="ETag">Strong entity tag without quotes, or null.</param>
    /// <param name="LastModified">Time of the last change, or null.</param>
    public sealed record Content(Stream Body, string ContentType, string? FileName, string? ETag, DateTimeOffset? LastModified) : Reply;

    /// <summary>The provider's bytes have been, or are being, copied to the client.</summary>
    public sealed record Streamed : Reply
    {
        /// <summary>The only instance.</summary>
        public static readonly Streamed Instance = new();
    }

    /// <summary>An error.</summary>
    /// <param name="Error">The error.</param>
    public sealed record Failed(GatewayError Error) : Reply;
}
