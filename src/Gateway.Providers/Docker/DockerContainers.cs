using System.Text.Json;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>The operations on containers.</summary>
internal sealed class DockerContainers(
    string provider, DockerOptions options, Leases leases, DockerUploads uploads, DockerCapacity capacity, ImagePulls images, TimeProvider time)
{
    public async ValueTask<Reply> CreateAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var spec = TranslatedSpec.From(((CallBody.NewContainer)call.Body).Spec);
        RefuseAllowlist(spec);
        var id = DockerIds.NewContainer(provider, time.GetUtcNow());

        // First, so that an engine that is full, or away, has done nothing yet and another may take the call.
        using var reservation = await capacity.ReserveAsync(id, spec.MemoryLimit, engine, cancellationToken);
        var sources = await uploads.Sources.FindAllAsync(spec.FileIds, call.Tenant, engine.Upstream, cancellationToken);
        var engineId = await MakeAsync(id, spec, call.Owner, engine, cancellationToken);
        try
        {
            await engine.StartAsync(engineId, cancellationToken);
            var container = await engine.FindAsync(id, tenant: null, cancellationToken) ?? throw TranslatedErrors.UnknownContainer(id);
            var now = leases.NowMs;
            foreach (var (directory, archive) in StateDirectory.Layout(options, now))
            {
                await container.PutAsync(directory, archive, cancellationToken);
            }

            if (await container.RunAsync(Shell.List(options.Workdir), cancellationToken) is { Word: not "end" } answer)
            {
                throw ShellErrors.Of(answer);
            }

            leases.Saw(container, now, now);
            foreach (var source in sources)
            {
                await uploads.CopyAsync(container, source, UploadTarget.Of(source, "file_ids", options.Root), cancellationToken);
            }

            return TranslatedJson.Container(container.View(leases));
        }
        catch
        {
            await engine.RemoveQuietlyAsync(id);
            throw;
        }
    }

    /// <summary>Creates the container, after its image has been pulled when that is wanted or needed.</summary>
    private async ValueTask<string> MakeAsync(
        string id, TranslatedSpec spec, string? owner, EngineClient engine, CancellationToken cancellationToken)
    {
        var patience = engine.Upstream.RequestTimeout;
        var image = options.ImageFor(spec.MemoryLimit);
        if (options.PullPolicy == DockerOptions.PullAlways)
        {
            await images.WaitAsync(image, engine, patience, cancellationToken);
        }

        var engineId = await engine.CreateAsync(id, spec, owner, cancellationToken);
        if (engineId is null && options.PullPolicy == DockerOptions.PullIfMissing)
        {
            await images.WaitAsync(image, engine, patience, cancellationToken);
            engineId = await engine.CreateAsync(id, spec, owner, cancellationToken);
        }

        images.Found(image);
        return engineId ?? throw EngineErrors.NoImage(image);
    }

    public async ValueTask<Reply> ListAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var all = (await engine.ListAsync(call.Tenant, cancellationToken))
            .Where(container => container.Facts.WasStarted && (call.Page.Name is null || container.Facts.Name == call.Page.Name));

        // Ids are in the order of creation, so that the next page is known even when the container that ended the last one is gone.
        var page = WholeList.Page(
            all, call.Page, container => PositionOf(container.Id), after => DockerIds.IsContainer(after, provider) ? PositionOf(after) : null);
        return TranslatedJson.Containers(page, item => item.View(leases));

        static ListPosition PositionOf(string id) => new(id, DockerIds.CreatedMs(id), id);
    }

    public async ValueTask<Reply> RetrieveAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var container = await FindAsync(call, engine, cancellationToken);
        if (container.Facts.Runs && await leases.StateAsync(container, cancellationToken) == LeaseState.Alive)
        {
            await leases.UseAsync(container, cancellationToken);
        }

        return TranslatedJson.Container(container.View(leases));
    }

    public static async ValueTask<Reply> DeleteAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var container = await FindAsync(call, engine, cancellationToken);
        return await engine.RemoveAsync(container.Facts.EngineId, cancellationToken)
            ? TranslatedJson.ContainerDeleted(container.Id)
            : throw TranslatedErrors.UnknownContainer(container.Id);
    }

    /// <summary>The container of a call, if clients may know of it.</summary>
    public static async ValueTask<EngineContainer> FindAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var id = call.Container!.Value.Value;
        return await engine.FindAsync(id, call.Tenant, cancellationToken) is { Facts.WasStarted: true } container
            ? container
            : throw TranslatedErrors.UnknownContainer(id);
    }

    private static void RefuseAllowlist(TranslatedSpec spec)
    {
        if (spec.NetworkPolicy is { } policy)
        {
            using var document = JsonDocument.Parse(policy);
            if (document.RootElement.GetProperty("type").GetString() != "disabled")
            {
                throw TranslatedErrors.Invalid(
                    "'network_policy.type' must be 'disabled': a container engine cannot limit the network to single domains.",
                    "network_policy.type", "unsupported_parameter");
            }
        }
    }
}
