namespace Gateway.Providers.Docker;

/// <summary>A container of this provider as the engine shows it.</summary>
internal sealed record DockerContainer
{
    /// <summary>The engine's own id. Names can be given anew, this cannot; so it is what every call after the first look uses.</summary>
    public required string EngineId { get; init; }

    /// <summary>The id clients know, which is the container's name at the engine.</summary>
    public required string Id { get; init; }

    /// <summary>The engine's word: <c>created</c>, <c>running</c>, <c>paused</c>, <c>exited</c>, …</summary>
    public required string State { get; init; }

    /// <summary>The id of the tenant whose it is; null for nobody's.</summary>
    public string? Owner { get; init; }

    public required string Name { get; init; }

    public required long IdleMinutes { get; init; }

    public required string MemoryLimit { get; init; }

    public string? NetworkPolicy { get; init; }

    public string? Metadata { get; init; }

    /// <summary>Unix milliseconds, from the id.</summary>
    public long CreatedMs => DockerIds.CreatedMs(Id);

    /// <summary>False while a create is still under way, or was broken off: nobody has been told of the container.</summary>
    public bool WasStarted => State is not ("created" or "configured" or "initialized");

    /// <summary>Whether it can be worked with: a paused one will answer once it is resumed.</summary>
    public bool Runs => State is "running" or "paused" or "restarting";
}
