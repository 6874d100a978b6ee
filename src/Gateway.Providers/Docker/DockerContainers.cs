using System.Text.Json;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>The operations on containers.</summary>
internal sealed class DockerContainers(
    string provider, DockerOptions options, DockerActivity activity, DockerUploads uploads, DockerCapacity capacity, ImagePulls images, TimeProvider time)
{
    public async ValueTask<Reply> CreateAsync(Call call, EngineClient engine, IUpstream upstream, CancellationToken cancellationToken)
    {
        var spec = TranslatedSpec.From(((CallBody.NewContainer)call.Body).Spec);
        RefuseAllowlist(spec);
        var sources = await uploads.FindAllAsync(spec.FileIds, upstream, cancellationToken);
        var id = DockerIds.NewContainer(provider, time.GetUtcNow());
        using var reservation = await capacity.ReserveAsync(id, spec.MemoryLimit, engine, cancellationToken);
        try
        {
            var engineId = await MakeAsync(id, spec, engine, upstream.RequestTimeout, cancellationToken);
            await engine.StartAsync(engineId, cancellationToken);
            var now = activity.NowMs;
            foreach (var (directory, archive) in StateDirectory.Layout(options, now))
            {
                await engine.PutAsync(engineId, directory, archive, cancellationToken);
            }

            if (await engine.RunAsync(engineId, Shell.List(options.Workdir), cancellationToken) is { Word: not "end" } answer)
            {
                throw DockerFiles.Refusal(answer);
            }

            var container = await engine.FindAsync(id, cancellationToken) ?? throw TranslatedErrors.UnknownContainer(id);
            activity.Saw(container, now, now);
            foreach (var source in sources)
            {
                await uploads.CopyAsync(engine, container, source, source.Name, "file_ids", cancellationToken);
            }

            return new Reply.Json(TranslatedJson.Container(activity.View(container)));
        }
        catch
        {
            await engine.RemoveQuietlyAsync(id);
            throw;
        }
    }

    /// <summary>Creates the container, after its image has been pulled when that is wanted or needed.</summary>
    private async ValueTask<string> MakeAsync(string id, TranslatedSpec spec, EngineClient engine, TimeSpan patience, CancellationToken cancellationToken)
    {
        var image = options.ImageFor(spec.MemoryLimit);
        if (options.PullPolicy == DockerOptions.PullAlways)
        {
            await images.WaitAsync(image, engine, patience, cancellationToken);
        }

        var engineId = await engine.CreateAsync(id, spec, cancellationToken);
        if (engineId is null && options.PullPolicy == DockerOptions.PullIfMissing)
        {
            await images.WaitAsync(image, engine, patience, cancellationToken);
            engineId = await engine.CreateAsync(id, spec, cancellationToken);
        }

        images.Found(image);
        return engineId ?? throw EngineErrors.NoImage(image);
    }

    public async ValueTask<Reply> ListAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var page = call.Page;
        if (page.After is { } after && !DockerIds.IsContainer(after, provider))
        {
            throw TranslatedErrors.UnknownCursor(after);
        }

        // Ids are in the order of creation, so that the next page is known even when the container that ended the last one is gone.
        var all = (await engine.ListAsync(cancellationToken))
            .Where(container => container.WasStarted && (page.Name is null || container.Name == page.Name));
        var sorted = page.Order == ListOrder.Ascending
            ? all.OrderBy(container => container.Id, StringComparer.Ordinal)
            : all.OrderByDescending(container => container.Id, StringComparer.Ordinal);
        var direction = page.Order == ListOrder.Ascending ? 1 : -1;
        var rest = sorted
            .Where(container => page.After is null || Math.Sign(string.CompareOrdinal(container.Id, page.After)) == direction)
            .Take(page.Limit + 1)
            .Select(activity.View)
            .ToList();
        return new Reply.Json(TranslatedJson.Containers(new TranslatedPage<TranslatedContainer>([.. rest.Take(page.Limit)], rest.Count > page.Limit)));
    }

    public async ValueTask<Reply> RetrieveAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var container = await FindAsync(call, engine, cancellationToken);
        if (container.Runs && await activity.StateAsync(engine, container, cancellationToken) == LeaseState.Alive)
        {
            await activity.UseAsync(engine, container, cancellationToken);
        }

        return new Reply.Json(TranslatedJson.Container(activity.View(container)));
    }

    public static async ValueTask<Reply> DeleteAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var container = await FindAsync(call, engine, cancellationToken);
        return await engine.RemoveAsync(container.EngineId, cancellationToken)
            ? new Reply.Json(TranslatedJson.ContainerDeleted(container.Id))
            : throw TranslatedErrors.UnknownContainer(container.Id);
    }

    /// <summary>The container of a call, if clients may know of it.</summary>
    public static async ValueTask<DockerContainer> FindAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var id = call.Container!.Value.Value;
        return await engine.FindAsync(id, cancellationToken) is { WasStarted: true } container ? container : throw TranslatedErrors.UnknownContainer(id);
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
