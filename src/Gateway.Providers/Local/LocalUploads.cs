using System.Net.Http.Headers;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Local;

/// <summary>Creating files: from the client's bytes, or from a file of any container of this provider.</summary>
internal sealed class LocalUploads(LocalStore store, SourceFiles sources)
{
    private const string DefaultContentType = "application/octet-stream";
    private const int MaxContentTypeLength = 127;

    public async ValueTask<Reply> CreateAsync(Call call, IUpstream upstream, CancellationToken cancellationToken)
    {
        var container = await store.UseAsync(call.Container!.Value.Value, call.Tenant, cancellationToken);
        return call.Body switch
        {
            CallBody.NewFile(var upload) => await ReceiveAsync(container, upload, cancellationToken),
            CallBody.FileReference reference => await CopyAsync(container, reference, call.Tenant, upstream, cancellationToken),
            _ => throw UploadTarget.Nothing(),
        };
    }

    private async ValueTask<Reply> ReceiveAsync(LocalContainer container, Upload upload, CancellationToken cancellationToken)
    {
        UploadTarget.Check(upload, TranslatedPath.Root);
        await using var draft = store.NewDraft();
        draft.Expect(upload.RawLength - UploadTarget.MaxOverhead ?? 0);
        await draft.ReceiveAsync(upload.Content, () => store.Renew(container), cancellationToken);
        var target = await UploadTarget.FinishAsync(upload, TranslatedPath.Root, cancellationToken);
        return await StoreAsync(container, draft, target.Path, ContentTypeOf(upload.PartContentType), cancellationToken);
    }

    private async ValueTask<Reply> CopyAsync(
        LocalContainer container, CallBody.FileReference reference, Tenant? tenant, IUpstream upstream, CancellationToken cancellationToken)
    {
        const string Param = "file_id";
        var wanted = UploadTarget.Of(reference, TranslatedPath.Root);
        var source = await sources.FindAsync(reference.FileId, Param, tenant, upstream, cancellationToken);
        await using var draft = store.NewDraft();
        var copy = new LocalCopy(source, wanted ?? UploadTarget.Of(source, Param, TranslatedPath.Root), draft);
        await copy.ReceiveAsync(() => store.Renew(container), cancellationToken);
        return await StoreAsync(container, draft, copy.Target.Path, copy.ContentType, cancellationToken);
    }

    private async ValueTask<Reply> StoreAsync(
        LocalContainer container, LocalStoreDraft draft, TranslatedPath path, string contentType, CancellationToken cancellationToken)
    {
        draft.TakeRow(path.Value, contentType);
        var (file, replaced) = await store.Database.WriteAsync(
            session =>
            {
                // It may have been deleted or have expired during the upload.
                var current = LocalStoreContainers.Find(session, container.Seq) ?? throw TranslatedErrors.UnknownContainer(container.Id);
                store.Renew(current);
                var now = store.NowMs;
                var file = LocalFiles.NewFile(current, draft, path.Value, contentType, now);
                return (file, LocalStoreFiles.Put(session, file, now));
            },
            cancellationToken,
            [draft]);
        draft.Keep();
        await store.RemoveAsync(replaced is null ? [] : [replaced]);
        return TranslatedJson.File(file.View);
    }

    /// <summary>A type that cannot be sent back as a header is as good as none.</summary>
    internal static string ContentTypeOf(string? given) =>
        given is { Length: <= MaxContentTypeLength }
        && MediaTypeHeaderValue.TryParse(given, out var type)
        && type.MediaType is { } name
        && !name.Contains('*', StringComparison.Ordinal)
        && !given.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? type.ToString()
            : DefaultContentType;
}
