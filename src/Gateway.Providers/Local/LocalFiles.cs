using System.Security.Cryptography;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Local;

/// <summary>The operations on files, but for <see cref="LocalUploads"/>. Each counts as a use of the container.</summary>
internal sealed class LocalFiles(LocalStore store)
{
    /// <summary>The row for bytes that have been received.</summary>
    public static LocalFile NewFile(LocalContainer container, LocalStoreDraft draft, string path, string contentType, long nowMs) => new()
    {
        Id = "cfile_" + RandomNumberGenerator.GetHexString(32, lowercase: true),
        ContainerSeq = container.Seq,
        ContainerId = container.Id,
        Path = path,
        Bytes = draft.Bytes,
        CreatedAt = nowMs / 1000,
        ContentType = contentType,
        Sha256 = draft.Sha256,
        Blob = draft.Blob,
    };

    public async ValueTask<Reply> ListAsync(Call call, CancellationToken cancellationToken)
    {
        var container = await UseAsync(call, cancellationToken);
        var page = await store.Database.ReadAsync(session => LocalStoreFiles.Page(session, container.Seq, call.Page), cancellationToken);
        return TranslatedJson.Files(page, file => file.View);
    }

    public async ValueTask<Reply> RetrieveAsync(Call call, CancellationToken cancellationToken) =>
        TranslatedJson.File((await FindAsync(call, cancellationToken)).View);

    public async ValueTask<Reply> ContentAsync(Call call, CancellationToken cancellationToken)
    {
        var file = await FindAsync(call, cancellationToken);

        // The bytes go after their row: when they are missing the file has just been deleted.
        var bytes = await store.OpenBytesAsync(file, cancellationToken) ?? throw TranslatedErrors.UnknownFile(file.Id);
        return new Reply.Content(
            bytes, file.ContentType, TranslatedPath.BaseName(file.Path), file.Sha256, DateTimeOffset.FromUnixTimeSeconds(file.CreatedAt));
    }

    public async ValueTask<Reply> DeleteAsync(Call call, CancellationToken cancellationToken)
    {
        var container = await UseAsync(call, cancellationToken);
        var id = call.File!.Value.Value;
        var blob = await store.Database.WriteAsync(
            session =>
            {
                var file = LocalStoreFiles.Find(session, container.Seq, id) ?? throw TranslatedErrors.UnknownFile(id);
                return LocalStoreFiles.Delete(session, file, store.NowMs);
            },
            cancellationToken,
            frees: session => LocalStoreFiles.Find(session, container.Seq, id) is { } file ? [file.Blob] : []);
        await store.RemoveAsync([blob]);
        return TranslatedJson.FileDeleted(id);
    }

    /// <summary>The file with this id in any container that lives and the tenant sees, or null; a use of that container.</summary>
    public async ValueTask<SourceFile?> FindAsync(string id, Tenant? tenant, CancellationToken cancellationToken)
    {
        if (await store.Database.ReadAsync(session => LocalStoreFiles.Find(session, id, tenant.OnlyOwner()), cancellationToken) is not { } file)
        {
            return null;
        }

        await store.UseAsync(file.ContainerId, tenant, cancellationToken);
        return new SourceFile(
            id, TranslatedPath.BaseName(file.Path),
            async token => await store.OpenBytesAsync(file, token) is { } bytes ? new SourceBytes(bytes, file.Bytes) : null)
        {
            ContentType = file.ContentType,
        };
    }

    private ValueTask<LocalContainer> UseAsync(Call call, CancellationToken cancellationToken) =>
        store.UseAsync(call.Container!.Value.Value, call.Tenant, cancellationToken);

    private async ValueTask<LocalFile> FindAsync(Call call, CancellationToken cancellationToken)
    {
        var container = await UseAsync(call, cancellationToken);
        var id = call.File!.Value.Value;
        return await store.Database.ReadAsync(session => LocalStoreFiles.Find(session, container.Seq, id), cancellationToken)
            ?? throw TranslatedErrors.UnknownFile(id);
    }
}
