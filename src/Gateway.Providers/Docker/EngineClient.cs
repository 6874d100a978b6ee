using System.Buffers;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>The Docker Engine API as one call sees it: its own vocabulary outside, requests inside. Whatever goes wrong ends the call.</summary>
internal sealed class EngineClient(IUpstream upstream, string version, DockerOptions options, string provider)
{
    private const string Json = "application/json";

    // A list is one answer: a hundred thousand names of usual length.
    private const int MaxListBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan s_cleanupTime = TimeSpan.FromSeconds(15);

    /// <summary>The network of the call.</summary>
    public IUpstream Upstream => upstream;

    /// <summary>What the provider's section says.</summary>
    public DockerOptions Options => options;

    /// <summary>The container with this id, or null when there is none of this provider that the tenant sees.</summary>
    public async ValueTask<EngineContainer?> FindAsync(string id, Tenant? tenant, CancellationToken cancellationToken)
    {
        if (!DockerIds.IsContainer(id, provider))
        {
            return null;
        }

        if (tenant is not { SeesAll: false })
        {
            return await InspectAsync(id, cancellationToken);
        }

        // The engine looks for one of the tenant's: another's is as little there as one that does not exist, and takes the engine as long.
        var own = await ListAsync(EngineJson.Filter(provider, tenant.Id, id), cancellationToken);
        return own.Find(container => container.Id == id && container.Facts.Owner == tenant.Id)
            ?? (tenant.Adopted.Contains(id) && await InspectAsync(id, cancellationToken) is { } given && tenant.Sees(given.Facts.Owner, id)
                ? given : null);
    }

    private async ValueTask<EngineContainer?> InspectAsync(string id, CancellationToken cancellationToken)
    {
        var answer = await upstream.AskAsync(Read(Target("containers", id, "json")), cancellationToken);
        return answer.Status != 404 && EngineJson.Container(EngineErrors.Checked(answer).Body, provider) is { } facts ? new(this, facts) : null;
    }

    /// <summary>Every container of this provider, in one call.</summary>
    public ValueTask<List<EngineContainer>> ListAsync(CancellationToken cancellationToken) =>
        ListAsync(EngineJson.Filter(provider), cancellationToken);

    /// <summary>Every container of this provider that the tenant sees, in one call.</summary>
    public async ValueTask<List<EngineContainer>> ListAsync(Tenant? tenant, CancellationToken cancellationToken)
    {
        // What was given to the tenant has no label that says so.
        var owner = tenant is { Adopted.Count: 0 } ? tenant.OnlyOwner() : null;
        var all = await ListAsync(EngineJson.Filter(provider, owner), cancellationToken);
        return tenant is null ? all : all.FindAll(container => tenant.Sees(container.Facts.Owner, container.Id));
    }

    private async ValueTask<List<EngineContainer>> ListAsync(string filter, CancellationToken cancellationToken)
    {
        var target = Target("containers", "json").With([new("all", "true"), new("filters", filter)]);
        var answer = await upstream.AskAsync(Read(target) with { MaxResponseBytes = MaxListBytes }, cancellationToken);
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
        var (opened, refusal) = await upstream.TryOpenAsync(request, cancellationToken);
        if (opened is null)
        {
            throw EngineErrors.PullFailed(image, EngineJson.Message(refusal!.Body));
        }

        await using (opened.Body)
        {
            if (await progress.ReadAsync(opened.Body, cancellationToken) is { } reason)
            {
                throw EngineErrors.PullFailed(image, reason);
            }
        }
    }

    /// <summary>Creates a container, not yet started; null when the engine has no such image.</summary>
    public async ValueTask<string?> CreateAsync(string id, TranslatedSpec spec, string? owner, CancellationToken cancellationToken)
    {
        try
        {
            return await MakeAsync(id, spec, owner, cancellationToken);
        }
        catch (Exception exception) when (exception is not TranslationRefusedException { Error.Kind: ErrorKind.Unreachable })
        {
            await RemoveQuietlyAsync(id);
            throw;
        }
    }

    /// <summary>Starts a container.</summary>
    public async ValueTask StartAsync(string engineId, CancellationToken cancellationToken)
    {
        var request = new UpstreamRequest { Method = "POST", Target = Target("containers", engineId, "start"), Idempotency = Idempotency.Safe };
        EngineErrors.Created(await upstream.AskAsync(request, cancellationToken));
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
        var answer = await upstream.AskAsync(request, cancellationToken);

        // 409: somebody else's removal is under way.
        if (answer.Status is 404 or 409)
        {
            return answer.Status == 409;
        }

        EngineErrors.Checked(answer);
        return true;
    }

    /// <summary>Takes back a create that failed. What it cannot remove the reaper will.</summary>
    public ValueTask RemoveQuietlyAsync(string nameOrId) => QuietlyAsync(async (engine, token) => await engine.RemoveAsync(nameOrId, token));

    /// <summary>
    /// Cleans up after a failure; stopped neither by the client that left nor by the call's time that is over. What is left behind goes with its
    /// container.
    /// </summary>
    public async ValueTask QuietlyAsync(Func<EngineClient, CancellationToken, ValueTask> work)
    {
        using var limit = new CancellationTokenSource(s_cleanupTime);
        try
        {
            await work(Detach(), limit.Token);
        }
        catch (TranslationRefusedException)
        {
            // The first failure is the one to report.
        }
    }

    /// <summary>A path below the negotiated version.</summary>
    public RequestTarget Target(params ReadOnlySpan<string> segments) => RequestTarget.Of(["v" + version, .. segments]);

    private static UpstreamRequest Read(RequestTarget target) => new() { Method = "GET", Target = target, Idempotency = Idempotency.Safe };

    private async ValueTask<string?> MakeAsync(string id, TranslatedSpec spec, string? owner, CancellationToken cancellationToken)
    {
        var image = options.ImageFor(spec.MemoryLimit);
        var body = new ArrayBufferWriter<byte>(1024);
        CreateBody.Write(body, spec, image, provider, owner, options);
        var answer = await upstream.AskAsync(
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
        return warnings.Any(IsLost)
            ? throw EngineErrors.NoMemoryLimit()
            : engineId;

        static bool IsLost(string warning) =>
            warning.Contains("memory limit", StringComparison.OrdinalIgnoreCase) && warning.Contains("discard", StringComparison.OrdinalIgnoreCase);
    }
}
