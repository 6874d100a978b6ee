using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Local;

/// <summary>The operations on containers.</summary>
internal sealed class LocalContainers(LocalStore store)
{
    public async ValueTask<Reply> CreateAsync(Call call, CancellationToken cancellationToken)
    {
        var spec = TranslatedSpec.From(((CallBody.NewContainer)call.Body).Spec);
        if (store.Database.Read(LocalStoreContainers.CountRunning) >= store.Options.MaxContainers)
        {
            // Some may only look as if they ran.
            await store.SweepAsync(cancellationToken);
        }

        var copies = new List<(LocalFile Source, LocalStoreDraft Draft)>();
        var room = LocalRoom.Of(spec.Name, spec.NetworkPolicy, spec.Metadata);
        store.Quota.Take(room);
        try
        {
            await CopyAsync(spec, copies, cancellationToken);
            var container = await store.Database.WriteAsync(
                session => Insert(session, spec, copies), cancellationToken, copies.ConvertAll(copy => copy.Draft));
            copies.ForEach(copy => copy.Draft.Keep());
            room = 0;
            return new Reply.Json(TranslatedJson.Container(container.View));
        }
        finally
        {
            store.Quota.Return(room);
            foreach (var (_, draft) in copies)
            {
                await draft.DisposeAsync();
            }
        }
    }

    public ValueTask<Reply> ListAsync(Call call, CancellationToken cancellationToken)
    {
        var page = store.Database.Read(session => LocalStoreContainers.Page(session, call.Page));
        var now = store.NowMs;
        var seen = page.Items.Select(container => store.Activity.Observe(container, now).View);
        return ValueTask.FromResult<Reply>(new Reply.Json(TranslatedJson.Containers(new TranslatedPage<TranslatedContainer>([.. seen], page.HasMore))));
    }

    public async ValueTask<Reply> RetrieveAsync(Call call, CancellationToken cancellationToken)
    {
        var id = call.Container!.Value.Value;
        var container = Find(id);
        if (store.Activity.Touch(container, store.NowMs) is { } used)
        {
            container = used;
        }
        else
        {
            await store.ExpireAsync(container, cancellationToken);
            container = Find(id);
        }

        return new Reply.Json(TranslatedJson.Container(container.View));
    }

    public async ValueTask<Reply> DeleteAsync(Call call, CancellationToken cancellationToken)
    {
        var id = call.Container!.Value.Value;
        var (container, blobs) = await store.Database.WriteAsync(
            session =>
            {
                var container = LocalStoreContainers.Find(session, id) ?? throw TranslatedErrors.UnknownContainer(id);
                return (container, LocalStoreContainers.Delete(session, container, store.NowMs));
            },
            cancellationToken,
            frees: session => LocalStoreContainers.Find(session, id) is { } container ? LocalStoreFiles.Blobs(session, container.Seq) : []);
        store.Activity.Forget(container.Seq);
        store.Quota.Return(container.Room);
        await store.RemoveAsync(blobs);
        return new Reply.Json(TranslatedJson.ContainerDeleted(id));
    }

    private LocalContainer Find(string id) =>
        store.Database.Read(session => LocalStoreContainers.Find(session, id)) ?? throw TranslatedErrors.UnknownContainer(id);

    private async ValueTask CopyAsync(TranslatedSpec spec, List<(LocalFile Source, LocalStoreDraft Draft)> copies, CancellationToken cancellationToken)
    {
        const string Param = "file_ids";

        // All are looked up before the first byte is copied: the usual mistake costs nothing.
        var sources = spec.FileIds
            .Select(id => store.Database.Read(session => LocalStoreFiles.Find(session, id)) ?? throw TranslatedErrors.UnknownFile(id, Param))
            .ToList();
        if (sources.GroupBy(source => TranslatedPath.BaseName(source.Path)).FirstOrDefault(group => group.Count() > 1) is { } clash)
        {
            throw TranslatedErrors.Invalid($"'{Param}' names more than one file called '{clash.Key}'.", Param);
        }

        foreach (var source in sources)
        {
            var draft = store.NewDraft();
            copies.Add((source, draft));
            await using var bytes = await store.OpenBytesAsync(source, cancellationToken) ?? throw TranslatedErrors.UnknownFile(source.Id, Param);
            draft.Expect(source.Bytes);
            await draft.ReceiveAsync(bytes, static () => { }, cancellationToken);
            draft.TakeRow(TranslatedPath.Root + TranslatedPath.BaseName(source.Path), source.ContentType);
        }
    }

    private LocalContainer Insert(LocalStoreSession session, TranslatedSpec spec, List<(LocalFile Source, LocalStoreDraft Draft)> copies)
    {
        store.Space.Demand();
        if (LocalStoreContainers.CountRunning(session) >= store.Options.MaxContainers)
        {
            throw LocalErrors.TooManyContainers(store.Options.MaxContainers);
        }

        var now = store.NowMs;
        var container = LocalStoreContainers.Insert(session, spec, now);
        foreach (var (source, draft) in copies)
        {
            var path = TranslatedPath.Root + TranslatedPath.BaseName(source.Path);
            LocalStoreFiles.Put(session, LocalFiles.NewFile(container, draft, path, source.ContentType, now), now);
        }

        return container;
    }
}
