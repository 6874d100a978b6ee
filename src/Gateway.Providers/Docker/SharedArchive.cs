using Gateway.Providers.Streams;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>An archive of a file under its second name, which goes when the archive has been read.</summary>
internal sealed class SharedArchive(Stream archive, EngineContainer container, string name) : ForwardOnlyStream
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        archive.ReadAsync(buffer, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await archive.DisposeAsync();
        await container.QuietlyAsync(async (detached, token) => await detached.RunAsync(Shell.Drop(name), token));
        await base.DisposeAsync();
    }
}
