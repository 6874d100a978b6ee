using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>A container and the engine it is in.</summary>
/// <param name="Engine">The engine, as the call sees it.</param>
/// <param name="Facts">What the engine said of it.</param>
internal sealed record EngineContainer(EngineClient Engine, DockerContainer Facts) : ILeased
{
    private const string Tar = "application/x-tar";
    private const string Json = "application/json";

    // What a script says is what the processes of a container let it say: more than a hundred thousand files of usual names, and no more of the
    // gateway's memory than that.
    private const int MaxOutputBytes = 16 * 1024 * 1024;

    /// <summary>The id clients know.</summary>
    public string Id => Facts.Id;

    string ILeased.Key => Facts.EngineId;

    long ILeased.CreatedMs => Facts.CreatedMs;

    long ILeased.IdleMinutes => Facts.IdleMinutes;

    bool ILeased.WasStarted => Facts.WasStarted;

    /// <summary>Unpacks an archive into a directory.</summary>
    public ValueTask PutAsync(string directory, ReadOnlyMemory<byte> archive, CancellationToken cancellationToken) =>
        PutAsync(directory, new RequestBody.Bytes(archive, Tar), Idempotency.Safe, cancellationToken);

    /// <summary>Unpacks an archive that arrives while it is sent.</summary>
    public ValueTask PutAsync(string directory, Stream archive, long length, CancellationToken cancellationToken) =>
        PutAsync(directory, new RequestBody.Streaming(archive, Tar, length), Idempotency.Never, cancellationToken);

    /// <summary>Opens one path as an archive; null when there is nothing.</summary>
    public async ValueTask<Stream?> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var request = new UpstreamRequest
        {
            Method = "GET",
            Target = Target("archive").With([new("path", path)]),
            Idempotency = Idempotency.Safe,
            Accept = Tar,
            IsSelfDelimiting = true,
        };
        var (opened, refusal) = await Engine.Upstream.TryOpenAsync(request, cancellationToken);
        if (refusal is not { Status: 404 } and not null)
        {
            EngineErrors.Checked(refusal);
        }

        return opened?.Body;
    }

    /// <summary>Runs a script of <see cref="Shell"/> as the container's user.</summary>
    public async ValueTask<ShellResult> RunAsync(string[] command, CancellationToken cancellationToken)
    {
        var create = new UpstreamRequest
        {
            Method = "POST",
            Target = Target("exec"),
            Body = new RequestBody.Bytes(EngineJson.Exec(command, Engine.Options.User), Json),
            Idempotency = Idempotency.Safe,
        };
        var exec = EngineJson.Id(EngineErrors.Execution(await Engine.Upstream.AskAsync(create, cancellationToken)).Body);
        var start = new UpstreamRequest
        {
            Method = "POST",
            Target = Engine.Target("exec", exec, "start"),
            Body = new RequestBody.Bytes("""{"Detach":false,"Tty":false}"""u8.ToArray(), Json),
            Accept = "application/vnd.docker.multiplexed-stream, application/vnd.docker.raw-stream, application/json",
            MaxResponseBytes = MaxOutputBytes,

            // An exec starts once; a second start would only be told so.
            Idempotency = Idempotency.Never,
        };
        var output = EngineErrors.Execution(await Engine.Upstream.AskAsync(start, cancellationToken)).Body;
        var (text, errors) = ExecStream.Split(output.Span);
        return Shell.Parse(text.Span) ?? throw ShellErrors.NoResult(errors);
    }

    /// <inheritdoc cref="EngineClient.QuietlyAsync"/>
    public ValueTask QuietlyAsync(Func<EngineContainer, CancellationToken, ValueTask> work) =>
        Engine.QuietlyAsync((detached, token) => work(this with { Engine = detached }, token));

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

    private async ValueTask PutAsync(string directory, RequestBody archive, Idempotency idempotency, CancellationToken cancellationToken)
    {
        var request = new UpstreamRequest
        {
            Method = "PUT",
            Target = Target("archive").With([new("path", directory), new("noOverwriteDirNonDir", "true")]),
            Body = archive,
            Idempotency = idempotency,
        };
        EngineErrors.Checked(await Engine.Upstream.AskAsync(request, cancellationToken));
    }

    private RequestTarget Target(string action) => Engine.Target("containers", Facts.EngineId, action);
}
