namespace Gateway.Providers.Contract;

/// <summary>A provider whose files can be copied into containers, also those of other providers, by nothing but their <c>file_id</c>.</summary>
public interface IFileOwner
{
    /// <summary>
    /// The file with this id, or null when it is none of this provider's. An id that cannot be its own costs no network. Throws
    /// <see cref="UpstreamBrokenException"/> when the provider cannot be asked.
    /// </summary>
    /// <param name="fileId">The id a client named.</param>
    /// <param name="tenant">
    /// Who asks: a file of another tenant's container is none, for a provider that keeps the owner (<see cref="Dialect.KeepsTenant"/>). Null where
    /// nothing is anybody's.
    /// </param>
    /// <param name="upstream">The network of this provider.</param>
    /// <param name="cancellationToken">Ends it.</param>
    ValueTask<SourceFile?> FindFileAsync(string fileId, Tenant? tenant, IUpstream upstream, CancellationToken cancellationToken);
}

/// <summary>A file to copy from.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name without directories.</param>
/// <param name="OpenAsync">Opens its bytes; null when they cannot be read.</param>
public sealed record SourceFile(string Id, string Name, Func<CancellationToken, ValueTask<SourceBytes?>> OpenAsync)
{
    /// <summary>Content type, or null when the source does not know it.</summary>
    public string? ContentType { get; init; }
}

/// <summary>Bytes of a source.</summary>
/// <param name="Content">Forward-only; disposed by whoever opened it.</param>
/// <param name="Length">Their number, or null when the source cannot tell.</param>
public sealed record SourceBytes(Stream Content, long? Length);
