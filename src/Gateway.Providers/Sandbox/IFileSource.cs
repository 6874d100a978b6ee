using Gateway.Providers.Contract;

namespace Gateway.Providers.Sandbox;

/// <summary>Where a <c>file_id</c> can lead to. A provider asks its sources in order; the first that knows the id gives the bytes.</summary>
internal interface IFileSource
{
    /// <summary>The file with this id, or null when it is none of this source's.</summary>
    ValueTask<SourceFile?> FindAsync(string fileId, IUpstream upstream, CancellationToken cancellationToken);
}

/// <summary>A file to copy from.</summary>
/// <param name="Name">Its name without directories.</param>
/// <param name="OpenAsync">Opens its bytes; null when it has gone meanwhile.</param>
internal sealed record SourceFile(string Name, Func<CancellationToken, ValueTask<SourceBytes?>> OpenAsync);

/// <summary>Bytes of a source.</summary>
/// <param name="Content">Forward-only; disposed by whoever opened it.</param>
/// <param name="Length">Their number, or null when the source cannot tell.</param>
internal sealed record SourceBytes(Stream Content, long? Length);
