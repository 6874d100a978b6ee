using System.Buffers;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>The Docker Engine API as one call sees it: its own vocabulary outside, requests inside. Whatever goes wrong ends the call.</summary>
internal sealed class EngineClient(IUpstream upstream, string version, DockerOptions options, string provider)
{
    private const string Tar = "application/x-tar";
    private const string Json = "application/json";

    // A list is one answer: a hundred thousand names of usual length.
    private const int MaxListBytes = 64 * 1024 * 1024;

    // What a script says is what the processes of a container let it say: more than a hundred thousand files of usual names, and no more of the
    // gateway's memory than that.
    private const int MaxOutputBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan s_cleanupTime = TimeSpan.FromSeconds(15);

    /// <summary>The network of the call.</summary>
    public IUpstream Upstream => upstream;

    /// <summary>The container with this id, or null when there is none of this provider.</summary>
    public async ValueTask<EngineContainer?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!DockerIds.IsContainer(id, provider))
        {
            return null;
        }

        var answer = await SendAsync(Read(Target("containers", id, "json")), cancellationToken);
        return answer.Status != 404 && EngineJson.Container(EngineErrors.Checked(answer).Body, provider) is { } facts ? new(this, facts) : null;
    }

    /// <summary>Every container of this provider, in one call.</summary>
    public async ValueTask<List<EngineContainer>> ListAsync(CancellationToken cancellationToken)
    {
        var target = Target("containers", "json").With([new("all", "true"), new("filters", EngineJson.Filter(provider))]);
        var answer = await SendAsync(Read(target) with { MaxResponseBytes = MaxListBytes }, cancellationToken);
        return EngineJson.Containers(EngineErrors.Checked(answer).Body, provider).ConvertAll(facts => new EngineContainer(this, facts));
    }

    /// <summary>The same engine, for work that goes on when the call is over.</summary>
    public EngineClient Detach() => new(upstream.Detach(), version, options, provider);

    /// <summary>Has the engine pull an image; ends when it is there.</summary>
    public async ValueTask PullAsync(string image, PullProgress progress, CancellationToken cancellationToken)
    {
        // A reference without tag and digest means all tags to this call.
        var isTagged = image.AsSpan(image.LastIndexOf('/') + 1).ContainsAny(':', '@');
        var request = new UpstreamRequest
        {
            Method = "POST",
            Target = Target("images", "create").With(isTagged ? [new("fromImage", image)] : [new("fromImage", image), new("tag", "latest")]),
            Accept = Json,
        };
        switch (await upstream.OpenAsync(request, cancellationToken))
        {
            case UpstreamResult.Opened opened:
                await using (opened.Body)
                {
                    if (await progress.ReadAsync(opened.Body, cancellationToken) is { } reason)
                    {
                        throw EngineErrors.PullFailed(image, reason);
                    }
                }

                break;
            case UpstreamResult.Answered answered:
                throw EngineErrors.PullFailed(image, EngineJson.Message(answered.Response.Body));
            case UpstreamResult.Failed failed:
                throw new TranslationRefusedException(failed.Error);
            default:
                throw EngineErrors.Unreadable();
        }
    }

    /// <summary>Creates a container, not yet started; null when the engine has no such image.</summary>
    public async ValueTask<string?> CreateAsync(string id, TranslatedSpec spec, CancellationToken cancellationToken)
    {
        var image = options.ImageFor(spec.MemoryLimit);
        var body = new ArrayBufferWriter<byte>(1024);
        CreateBody.Write(body, spec, image, provider, options);
        var answer = await SendAsync(
            new UpstreamRequest
            {
                Method = "POST",
                Target = Target("containers", "create").With([new("name", id)]),
                Body = new RequestBody.Bytes(body.WrittenMemory, Json),
            },
            cancellationToken);
        if (answer.Status == 404)
        {
            return null;
        }

        var (engineId, warnings) = EngineJson.Created(EngineErrors.Created(answer).Body);

        // An engine that cannot limit memory says so here and runs the container all the same.
        if (warnings.Any(warning => warning.Contains("memory limit", StringComparison.OrdinalIgnoreCase) && warning.Contains("discard", StringComparison.OrdinalIgnoreCase)))
        {
            await RemoveQuietlyAsync(engineId);
            throw EngineErrors.NoMemoryLimit();
        }

        return engineId;
    }

    /// <summary>Starts a container.</summary>
    public async ValueTask StartAsync(string engineId, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(new UpstreamRequest { Method = "POST", Target = Target("containers", engineId, "start"), Idempotency = Idempotency.Safe }, cancellationToken);
        if (answer.Status != 304)
        {
            EngineErrors.Created(answer);
        }
    }

    /// <summary>Removes a container and its volumes, whatever its state; false when it is gone already.</summary>
    public async ValueTask<bool> RemoveAsync(string engineId, CancellationToken cancellationToken)
    {
        var request = new UpstreamRequest
        {
            Method = "DELETE",
            Target = Target("containers", engineId).With([new("force", "true"), new("v", "true")]),
            Idempotency = Idempotency.Delete,
        };
        var answer = await SendAsync(request, cancellationToken);

        // 409: somebody else's removal is under way.
        if (answer.Status is 404 or 409)
        {
            return answer.Status == 409;
        }

        EngineErrors.Checked(answer);
        return true;
    }

    /// <summary>Takes back a create that failed. What it cannot remove the reaper will.</summary>
    public ValueTask RemoveQuietlyAsync(string nameOrId) => QuietlyAsync(async token => await RemoveAsync(nameOrId, token));

    /// <summary>Cleans up after a failure; not stopped by the client that left. What is left behind goes with its container.</summary>
    public static async ValueTask QuietlyAsync(Func<CancellationToken, ValueTask> work)
    {
        using var limit = new CancellationTokenSource(s_cleanupTime);
        try
        {
            await work(limit.Token);
        }
        catch (TranslationRefusedException)
        {
            // The first failure is the one to report.
        }
    }

    /// <summary>Unpacks an archive into a directory of a container.</summary>
    public async ValueTask PutAsync(string engineId, string directory, ReadOnlyMemory<byte> archive, CancellationToken cancellationToken) =>
        EngineErrors.Checked(await SendAsync(
            Put(engineId, directory, new RequestBody.Bytes(archive, Tar)) with { Idempotency = Idempotency.Safe }, cancellationToken));

    /// <summary>Unpacks an archive that arrives while it is sent.</summary>
    public async ValueTask PutAsync(string engineId, string directory, Stream archive, long length, CancellationToken cancellationToken) =>
        EngineErrors.Checked(await SendAsync(Put(engineId, directory, new RequestBody.Streaming(archive, Tar, length)), cancellationToken));

    /// <summary>Opens one path of a container as an archive; null when there is nothing.</summary>
    public async ValueTask<Stream?> OpenAsync(string engineId, string path, CancellationToken cancellationToken)
    {
        var request = Read(Target("containers", engineId, "archive").With([new("path", path)])) with { Accept = Tar, IsSelfDelimiting = true };
        switch (await upstream.OpenAsync(request, cancellationToken))
        {
            case UpstreamResult.Opened opened:
                return opened.Body;
            case UpstreamResult.Answered { Response.Status: 404 }:
                return null;
            case UpstreamResult.Answered answered:
                EngineErrors.Checked(answered.Response);
                throw EngineErrors.Unreadable();
            case UpstreamResult.Failed failed:
                throw new TranslationRefusedException(failed.Error);
            default:
                throw EngineErrors.Unreadable();
        }
    }

    /// <summary>Runs a script of <see cref="Shell"/> as the container's user.</summary>
    public async ValueTask<ShellResult> RunAsync(string engineId, string[] command, CancellationToken cancellationToken)
    {
        var create = new UpstreamRequest
        {
            Method = "POST",
            Target = Target("containers", engineId, "exec"),
            Body = new RequestBody.Bytes(EngineJson.Exec(command, options.User), Json),
            Idempotency = Idempotency.Safe,
        };
        var answer = await SendAsync(create, cancellationToken);
        var exec = EngineJson.Id(EngineErrors.Execution(answer).Body);
        var start = new UpstreamRequest
        {
            Method = "POST",
            Target = Target("exec", exec, "start"),
            Body = new RequestBody.Bytes("""{"Detach":false,"Tty":false}"""u8.ToArray(), Json),
            Accept = "application/vnd.docker.multiplexed-stream, application/vnd.docker.raw-stream, application/json",
            MaxResponseBytes = MaxOutputBytes,

            // An exec starts once; a second start would only be told so.
            Idempotency = Idempotency.Never,
        };
        var output = EngineErrors.Execution(await SendAsync(start, cancellationToken)).Body;
        var (text, errors) = ExecStream.Split(output.Span);
        return Shell.Parse(text.Span) ?? throw ShellErrors.NoResult(errors);
    }

    /// <summary>Sends one request below the negotiated version.</summary>
    private async ValueTask<UpstreamResponse> SendAsync(UpstreamRequest request, CancellationToken cancellationToken) =>
        await upstream.SendAsync(request, cancellationToken) switch
        {
            UpstreamResult.Answered answered => answered.Response,
            UpstreamResult.Failed failed => throw new TranslationRefusedException(failed.Error),
            _ => throw EngineErrors.Unreadable(),
        };

    private RequestTarget Target(params ReadOnlySpan<string> segments) => RequestTarget.Of(["v" + version, .. segments]);

    private UpstreamRequest Put(string engineId, string directory, RequestBody body) => new()
    {
        Method = "PUT",
        Target = Target("containers", engineId, "archive").With([new("path", directory), new("noOverwriteDirNonDir", "true")]),
        Body = body,
    };

    private static UpstreamRequest Read(RequestTarget target) => new() { Method = "GET", Target = target, Idempotency = Idempotency.Safe };
}
