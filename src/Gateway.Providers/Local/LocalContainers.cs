using Gateway.Providers.Contract;
using Gateway.Providers.Translation;
using Gateway.Sqlite;

namespace Gateway.Providers.Local;

/// <summary>The operations on containers.</summary>
internal sealed class LocalContainers(LocalStore store, SourceFiles sources)
{
    public async ValueTask<Reply> CreateAsync(Call call, IUpstream upstream, CancellationToken cancellationToken)
    {
        var spec = TranslatedSpec.From(((CallBody.NewContainer)call.Body).Spec);
        if (await store.Database.ReadAsync(LocalStoreContainers.CountRunning, cancellationToken) >= store.Options.MaxContainers)
        {
            // Some may only look as if they ran.
            await store.SweepAsync(cancellationToken);
        }

        var copies = new List<LocalCopy>();
        var room = LocalRoom.Of(spec.Name, spec.NetworkPolicy, spec.Metadata);
        store.Quota.Take(room);
        try
        {
            await CopyAsync(spec, copies, call.Tenant, upstream, cancellationToken);
            var container = await store.Database.WriteAsync(
                session => Insert(session, spec, call.Owner, copies), cancellationToken, copies.ConvertAll(copy => copy.Draft));
            copies.ForEach(copy => copy.Draft.Keep());
            room = 0;
            return TranslatedJson.Container(container.View);
        }
        finally
        {
            store.Quota.Return(room);
            foreach (var copy in copies)
            {
                await copy.Draft.DisposeAsync();
            }
        }
    }

    public async ValueTask<Reply> ListAsync(Call call, CancellationToken cancellationToken)
    {
        var owner = call.Tenant.OnlyOwner();
        var page = await store.Database.ReadAsync(session => LocalStoreContainers.Page(session, call.Page, owner), cancellationToken);
        var now = store.NowMs;
        return TranslatedJson.Containers(page, container => store.Activity.Observe(container, now).View);
    }

    public async ValueTask<Reply> RetrieveAsync(Call call, CancellationToken cancellationToken)
    {
        var id = call.Container!.Value.Value;
        var container = await store.FindAsync(id, call.Tenant, cancellationToken);
        if (store.Activity.Touch(container, store.NowMs) is { } used)
        {
            container = used;
        }
        else
        {
            await store.ExpireAsync(container, cancellationToken);
            container = await store.FindAsync(id, call.Tenant, cancellationToken);
        }

        return TranslatedJson.Container(container.View);
    }

    public async ValueTask<Reply> DeleteAsync(Call call, CancellationToken cancellationToken)
    {
        var id = call.Container!.Value.Value;
        var owner = call.Tenant.OnlyOwner();
        var (container, blobs) = await store.Database.WriteAsync(
            session =>
            {
                var container = LocalStoreContainers.Find(session, id, owner) ?? throw TranslatedErrors.UnknownContainer(id);
                return (container, LocalStoreContainers.Delete(session, container, store.NowMs));
            },
            cancellationToken,
            frees: session => LocalStoreContainers.Find(session, id, owner) is { } container ? LocalStoreFiles.Blobs(session, container.Seq) : []);
        store.Activity.Forget(container.Seq);
        store.Quota.Return(container.Room);
        await store.RemoveAsync(blobs);
        return TranslatedJson.ContainerDeleted(id);
    }

    private async ValueTask CopyAsync(
        TranslatedSpec spec, List<LocalCopy> copies, Tenant? tenant, IUpstream upstream, CancellationToken cancellationToken)
    {
        foreach (var source in await sources.FindAllAsync(spec.FileIds, tenant, upstream, cancellationToken))
        {
            var copy = new LocalCopy(source, UploadTarget.Of(source, "file_ids", TranslatedPath.Root), store.NewDraft());
            copies.Add(copy);
            await copy.ReceiveAsync(static () => { }, cancellationToken);
            copy.Draft.TakeRow(copy.Target.Path.Value, copy.ContentType);
        }
    }

    private LocalContainer Insert(SqliteSession session, TranslatedSpec spec, string? owner, List<LocalCopy> copies)
    {
        store.Space.Demand();
        if (LocalStoreContainers.CountRunning(session) >= store.Options.MaxContainers)
        {
            throw LocalErrors.TooManyContainers(store.Options.MaxContainers);
        }

        var now = store.NowMs;
        var container = LocalStoreContainers.Insert(session, spec, owner, now);
        foreach (var copy in copies)
        {
            LocalStoreFiles.Put(session, LocalFiles.NewFile(container, copy.Draft, copy.Target.Path.Value, copy.ContentType, now), now);
        }

        return container;
    }
}
