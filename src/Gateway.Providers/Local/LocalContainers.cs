using Gateway.Providers.Contract;

namespace Gateway.Providers.Local;

/// <summary>The operations on containers.</summary>
internal sealed class LocalContainers(LocalStore store)
{
    public async ValueTask<Reply> CreateAsync(Call call, CancellationToken cancellationToken)
    {
        var spec = LocalSpec.From(((CallBody.NewContainer)call.Body).Spec);
        if (store.Database.Read(LocalStoreContainers.CountRunning) >= store.Options.MaxContainers)
        {
            // Some may only look as if they ran.
            await store.SweepAsync(cancellationToken);
        }

        var copies = new List<(LocalFile Source, LocalStoreDraft Draft)>();
        try
        {
            await CopyAsync(spec, copies, cancellationToken);
            var container = await store.Database.WriteAsync(session => Insert(session, spec, copies), cancellationToken);
            copies.ForEach(copy => copy.Draft.Keep());
            return new Reply.Json(LocalJson.Container(container));
        }
        finally
        {
            copies.ForEach(copy => copy.Draft.Dispose());
        }
    }

    public ValueTask<Reply> ListAsync(Call call, CancellationToken cancellationToken)
    {
        var page = store.Database.Read(session => LocalStoreContainers.Page(session, call.Page));
        var now = store.NowMs;
        page = page with { Items = [.. page.Items.Select(container => store.Activity.Observe(container, now))] };
        return ValueTask.FromResult<Reply>(new Reply.Json(LocalJson.Containers(page)));
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

        return new Reply.Json(LocalJson.Container(container));
    }

    public async ValueTask<Reply> DeleteAsync(Call call, CancellationToken cancellationToken)
    {
        var id = call.Container!.Value.Value;
        var (seq, blobs) = await store.Database.WriteAsync(
            session =>
            {
                var container = LocalStoreContainers.Find(session, id) ?? throw LocalErrors.UnknownContainer(id);
                return (container.Seq, LocalStoreContainers.Delete(session, container, store.NowMs));
            },
            cancellationToken);
        store.Activity.Forget(seq);
        store.Remove(blobs);
        return new Reply.Json(LocalJson.ContainerDeleted(id));
    }

    private LocalContainer Find(string id) =>
        store.Database.Read(session => LocalStoreContainers.Find(session, id)) ?? throw LocalErrors.UnknownContainer(id);

    private async ValueTask CopyAsync(LocalSpec spec, List<(LocalFile Source, LocalStoreDraft Draft)> copies, CancellationToken cancellationToken)
    {
        const string Param = "file_ids";

        // All are looked up before the first byte is copied: the usual mistake costs nothing.
        var sources = spec.FileIds
            .Select(id => store.Database.Read(session => LocalStoreFiles.Find(session, id)) ?? throw LocalErrors.UnknownFile(id, Param))
            .ToList();
        if (sources.GroupBy(source => LocalPath.BaseName(source.Path)).FirstOrDefault(group => group.Count() > 1) is { } clash)
        {
            throw LocalErrors.Invalid($"'{Param}' names more than one file called '{clash.Key}'.", Param);
        }

        foreach (var source in sources)
        {
            var draft = store.NewDraft();
            copies.Add((source, draft));
            await using var bytes = store.OpenBytes(source) ?? throw LocalErrors.UnknownFile(source.Id, Param);
            draft.Expect(source.Bytes);
            await draft.ReceiveAsync(bytes, static () => { }, cancellationToken);
            draft.Publish();
        }
    }

    private LocalContainer Insert(LocalStoreSession session, LocalSpec spec, List<(LocalFile Source, LocalStoreDraft Draft)> copies)
    {
        if (LocalStoreContainers.CountRunning(session) >= store.Options.MaxContainers)
        {
            throw LocalErrors.TooManyContainers(store.Options.MaxContainers);
        }

        var now = store.NowMs;
        var container = LocalStoreContainers.Insert(session, spec, now);
        foreach (var (source, draft) in copies)
        {
            var path = LocalPath.Root + LocalPath.BaseName(source.Path);
            LocalStoreFiles.Put(session, LocalFiles.NewFile(container, draft, path, source.ContentType, now), now);
        }

        return container;
    }
}
