namespace Gateway.Providers.Contract;

/// <summary>The text fields of a multipart body as far as they have been read.</summary>
/// <param name="FilePath">Value of <c>file_path</c>, or null.</param>
/// <param name="FileId">Value of <c>file_id</c>, or null.</param>
public sealed record UploadFields(string? FilePath, string? FileId);

/// <summary>
/// A multipart upload that has been read up to its <c>file</c> part. It can be used once, in one of two ways: as <see cref="Raw"/>, for a
/// provider that takes the same multipart body, or as <see cref="Content"/> followed by <see cref="FinishAsync"/>.
/// </summary>
public abstract class Upload
{
    /// <summary>The client's file name without any directory, or null when the part carried none (as Java streams do).</summary>
    public abstract string? FileName { get; }

    /// <summary>Content type of the part, or null.</summary>
    public abstract string? PartContentType { get; }

    /// <summary>Fields that came before the file.</summary>
    public abstract UploadFields Before { get; }

    /// <summary>
    /// Length of <see cref="Content"/> if nothing follows the file, as in nearly every upload; never less than it, and more by what does follow.
    /// Null when the client did not say how long its body is.
    /// </summary>
    public abstract long? MaxContentLength { get; }

    /// <summary>The file's bytes; ends where the part ends. Throws <see cref="InvalidUploadException"/> on a broken or oversized body.</summary>
    public abstract Stream Content { get; }

    /// <summary>
    /// The whole multipart body as the client sent it, less the gateway's own <c>provider</c> fields. Unread and forward-only. Throws
    /// <see cref="InvalidUploadException"/> when one behind the file names another provider.
    /// </summary>
    public abstract Stream Raw { get; }

    /// <summary>Length of <see cref="Raw"/> in bytes, or null when the client did not say (chunked).</summary>
    public abstract long? RawLength { get; }

    /// <summary>The request's <c>Content-Type</c>, with its boundary.</summary>
    public abstract string RawContentType { get; }

    /// <summary>
    /// Reads what follows the file, after <see cref="Content"/> has been read to its end, and returns all fields.
    /// Throws <see cref="InvalidUploadException"/> on a broken body.
    /// </summary>
    public abstract ValueTask<UploadFields> FinishAsync(CancellationToken cancellationToken);
}

/// <summary>The client's upload cannot be used; carries the answer.</summary>
public sealed class InvalidUploadException : IOException
{
    /// <summary>Creates the exception.</summary>
    public InvalidUploadException(GatewayError error, Exception? inner = null)
        : base(error?.Message, inner)
    {
        Error = error!;
    }

    /// <summary>What to answer.</summary>
    public GatewayError Error { get; }
}
