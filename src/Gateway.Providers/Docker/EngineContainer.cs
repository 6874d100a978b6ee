using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>A container and the engine it is in.</summary>
/// <param name="Engine">The engine, as the call sees it.</param>
/// <param name="Facts">What the engine said of it.</param>
internal sealed record EngineContainer(EngineClient Engine, DockerContainer Facts) : ILeased
{
    /// <summary>The id clients know.</summary>
    public string Id => Facts.Id;

    string ILeased.Key => Facts.EngineId;

    long ILeased.CreatedMs => Facts.CreatedMs;

    long ILeased.IdleMinutes => Facts.IdleMinutes;

    bool ILeased.WasStarted => Facts.WasStarted;

    /// <summary>Runs a script of <see cref="Shell"/> as the container's user.</summary>
    public ValueTask<ShellResult> RunAsync(string[] command, CancellationToken cancellationToken) =>
        Engine.RunAsync(Facts.EngineId, command, cancellationToken);

    /// <summary>Unpacks an archive into a directory.</summary>
    public ValueTask PutAsync(string directory, ReadOnlyMemory<byte> archive, CancellationToken cancellationToken) =>
        Engine.PutAsync(Facts.EngineId, directory, archive, cancellationToken);

    /// <summary>Unpacks an archive that arrives while it is sent.</summary>
    public ValueTask PutAsync(string directory, Stream archive, long length, CancellationToken cancellationToken) =>
        Engine.PutAsync(Facts.EngineId, directory, archive, length, cancellationToken);

    /// <summary>Opens one path as an archive; null when there is nothing.</summary>
    public ValueTask<Stream?> OpenAsync(string path, CancellationToken cancellationToken) =>
        Engine.OpenAsync(Facts.EngineId, path, cancellationToken);

    /// <summary>What clients see of it, from what is known here of its use.</summary>
    public TranslatedContainer View(Leases leases)
    {
        var (lastUse, isOver) = leases.Known(this);
        return new TranslatedContainer
        {
            Id = Id,
            Name = Facts.Name,
            CreatedAt = Facts.CreatedMs / 1000,
            Status = Facts.Runs && !isOver ? "running" : "expired",
            LastActiveAt = lastUse / 1000,
            IdleMinutes = Facts.IdleMinutes,
            MemoryLimit = Facts.MemoryLimit,
            NetworkPolicy = Facts.NetworkPolicy,
            Metadata = Facts.Metadata,
        };
    }

    async ValueTask<long?> ILeased.ReadUseAsync(CancellationToken cancellationToken)
    {
        await using var archive = await OpenAsync(StateDirectory.LastUse, cancellationToken);
        return archive is null ? null : await StateDirectory.ReadUseAsync(archive, cancellationToken);
    }

    ValueTask ILeased.NoteUseAsync(long nowMs, CancellationToken cancellationToken) =>
        PutAsync(StateDirectory.Path, StateDirectory.Use(nowMs), cancellationToken);

    async ValueTask ILeased.RemoveAsync(CancellationToken cancellationToken) => await Engine.RemoveAsync(Facts.EngineId, cancellationToken);
}
