using Gateway.Providers.Sandbox;

namespace Gateway.Providers.Docker;

/// <summary>An archive of a file under its second name, which goes when the archive has been read.</summary>
internal sealed class SharedArchive(Stream archive, Engine engine, string engineId, string name) : ForwardOnlyStream
{
    private static readonly TimeSpan s_cleanupTime = TimeSpan.FromSeconds(15);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        archive.ReadAsync(buffer, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await archive.DisposeAsync();
        using var limit = new CancellationTokenSource(s_cleanupTime);
        try
        {
            await engine.RunAsync(engineId, Shell.Drop(name), limit.Token);
        }
        catch (SandboxRefusedException)
        {
            // The container has gone, and the name with it; or the name stays, where nobody sees it.
        }

        await base.DisposeAsync();
    }
}
