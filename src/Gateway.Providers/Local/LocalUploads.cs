using System.Net.Http.Headers;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Local;

/// <summary>Creating files: from the client's bytes, or from a file of any container of this provider.</summary>
internal sealed class LocalUploads(LocalStore store)
{
    private const string DefaultName = "upload";
    private const string DefaultContentType = "application/octet-stream";
    private const int MaxContentTypeLength = 127;

    // What a multipart body carries besides the file: boundaries, headers, three fields of at most 64 KiB. The rest of its length is the file.
    private const long MaxOverhead = 256 * 1024;

    public async ValueTask<Reply> CreateAsync(Call call, CancellationToken cancellationToken)
    {
        var container = await store.UseAsync(call.Container!.Value.Value, cancellationToken);
        return call.Body switch
        {
            CallBody.NewFile(var upload) => await ReceiveAsync(container, upload, cancellationToken),
            CallBody.FileReference reference => await CopyAsync(container, reference, cancellationToken),
            _ => throw TranslatedErrors.Invalid("Either 'file' or 'file_id' is required.", "file", "missing_required_parameter"),
        };
    }

    private async ValueTask<Reply> ReceiveAsync(LocalContainer container, Upload upload, CancellationToken cancellationToken)
    {
        // What is known to be wrong is not received first.
        RefuseReference(upload.Before);
        if (upload.Before.FilePath is { } early)
        {
            PathOf(early, "file_path");
        }

        await using var draft = store.NewDraft();
        draft.Expect(upload.RawLength - MaxOverhead ?? 0);
        await draft.ReceiveAsync(upload.Content, () => store.Renew(container), cancellationToken);
        var fields = await upload.FinishAsync(cancellationToken);
        RefuseReference(fields);
        var path = fields.FilePath is { } wanted ? PathOf(wanted, "file_path") : PathOf(upload.FileName ?? DefaultName, "file");
        return await StoreAsync(container, draft, path, ContentTypeOf(upload.PartContentType), cancellationToken);
    }

    private async ValueTask<Reply> CopyAsync(LocalContainer container, CallBody.FileReference reference, CancellationToken cancellationToken)
    {
        const string Param = "file_id";
        var wanted = reference.FilePath is { } path ? PathOf(path, "file_path") : (TranslatedPath?)null;
        var source = store.Database.Read(session => LocalStoreFiles.Find(session, reference.FileId))
            ?? throw TranslatedErrors.UnknownFile(reference.FileId, Param);
        await using var bytes = await store.OpenBytesAsync(source, cancellationToken) ?? throw TranslatedErrors.UnknownFile(reference.FileId, Param);
        await using var draft = store.NewDraft();
        draft.Expect(source.Bytes);
        await draft.ReceiveAsync(bytes, () => store.Renew(container), cancellationToken);
        var target = wanted ?? PathOf(TranslatedPath.BaseName(source.Path), Param);
        return await StoreAsync(container, draft, target, source.ContentType, cancellationToken);
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
        return new Reply.Json(TranslatedJson.File(file.View));
    }

    private static void RefuseReference(UploadFields fields)
    {
        if (fields.FileId is not null)
        {
            throw TranslatedErrors.Invalid("'file' and 'file_id' cannot be used together.", "file_id");
        }
    }

    private static TranslatedPath PathOf(string text, string param) =>
        TranslatedPath.TryParse(text, out var path, out var reason)
            ? path
            : throw TranslatedErrors.Invalid($"The path in '{param}' cannot be used: it {reason}.", param);

    // A type that cannot be sent back as a header is as good as none.
    private static string ContentTypeOf(string? given) =>
        given is { Length: <= MaxContentTypeLength }
        && MediaTypeHeaderValue.TryParse(given, out var type)
        && type.MediaType is { } name
        && !name.Contains('*', StringComparison.Ordinal)
        && !given.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? type.ToString()
            : DefaultContentType;
}
