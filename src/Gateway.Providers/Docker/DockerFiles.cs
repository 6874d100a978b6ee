using System.Buffers;
using System.Formats.Tar;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>
/// The operations on files, but for <see cref="DockerUploads"/>, and where a <c>file_id</c> of this provider leads. Each is a use of the container.
/// </summary>
internal sealed class DockerFiles(string provider, DockerOptions options, Leases leases, EngineVersion version)
{
    private const string ContentType = "application/octet-stream";

    private static readonly SearchValues<char> s_patterns = SearchValues.Create("*?[]{}\\");

    private readonly DeletedPositions _deleted = new();
    private readonly PathFileIds _ids = new(DockerIds.UuidBytes, DockerIds.Uuid, uuid => DockerIds.OfUuid(uuid, provider));

    public async ValueTask<Reply> ListAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var container = await UseAsync(call, engine, cancellationToken);
        var page = WholeList.Page(
            await AllAsync(container, cancellationToken), call.Page, file => PositionOf(container, file), id => _deleted.Find(container.Id, id));
        return TranslatedJson.Files(page, file => View(container, file));
    }

    public async ValueTask<Reply> RetrieveAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var container = await UseAsync(call, engine, cancellationToken);
        return TranslatedJson.File(View(container, await LookAsync(container, call.File!.Value.Value, cancellationToken)));
    }

    public async ValueTask<Reply> ContentAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var container = await UseAsync(call, engine, cancellationToken);
        var id = call.File!.Value.Value;
        var file = await LookAsync(container, id, cancellationToken);
        var (body, length, modified) = await OpenAsync(container, file.Path, cancellationToken) ?? throw TranslatedErrors.UnknownFile(id);
        var bytes = body.Over(length, token => leases.UseAsync(container, token));
        return new Reply.Content(bytes, ContentType, TranslatedPath.BaseName(file.Path), null, modified);
    }

    public async ValueTask<Reply> DeleteAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var container = await UseAsync(call, engine, cancellationToken);
        var id = call.File!.Value.Value;
        var path = await PathOfAsync(container, id, cancellationToken);
        var answer = await container.RunAsync(Shell.Delete(options.Workdir, path), cancellationToken);
        var file = answer.Word == "file" ? Shell.FileOf(path, answer.Arguments) : null;
        _deleted.Add(container.Id, PositionOf(container, file ?? throw ShellErrors.Of(answer, id)));
        return TranslatedJson.FileDeleted(id);
    }

    /// <summary>The file with this id in any container that runs and the tenant sees, or null; a use of that container.</summary>
    public async ValueTask<SourceFile?> FindAsync(
        string fileId, Tenant? tenant, IUpstream upstream, CancellationToken cancellationToken)
    {
        if (!_ids.TryParse(fileId, out var id))
        {
            return null;
        }

        var engine = await version.ConnectAsync(upstream, cancellationToken);
        if (await engine.FindAsync(id.ContainerId, tenant, cancellationToken) is not { Facts: { WasStarted: true, Runs: true } } container)
        {
            return null;
        }

        await leases.UseAsync(container, cancellationToken);
        var file = await LookAsync(container, fileId, cancellationToken);
        return new SourceFile(
            fileId, TranslatedPath.BaseName(file.Path),
            async token => await OpenAsync(container, file.Path, token) is var (body, length, _)
                ? new SourceBytes(body.Over(length, inner => leases.UseAsync(container, inner)), length)
                : null);
    }

    /// <summary>What clients see of a file.</summary>
    public TranslatedFile View(EngineContainer container, ShellFile file) => new()
    {
        Id = _ids.Of(container.Id, file.Path),
        ContainerId = container.Id,
        Path = options.Root + file.Path,
        Bytes = file.Bytes,
        CreatedAt = file.ModifiedAt,
        Source = file.Uploaded ? "user" : "assistant",
    };

    /// <summary>The container of a call, ready to be worked with.</summary>
    public async ValueTask<EngineContainer> UseAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var container = await DockerContainers.FindAsync(call, engine, cancellationToken);
        if (!container.Facts.Runs)
        {
            throw TranslatedErrors.Expired();
        }

        await leases.UseAsync(container, cancellationToken);
        return container;
    }

    private async ValueTask<IReadOnlyList<ShellFile>> AllAsync(EngineContainer container, CancellationToken cancellationToken)
    {
        var answer = await container.RunAsync(Shell.List(options.Workdir), cancellationToken);

        // 1: something vanished, or could not be entered, on the way. 126 and more: it did not run, or was killed.
        return answer is { Word: "end", Arguments: [{ Length: < 3 }] } ? answer.Files : throw ShellErrors.Of(answer);
    }

    private async ValueTask<ShellFile> LookAsync(EngineContainer container, string fileId, CancellationToken cancellationToken)
    {
        var path = await PathOfAsync(container, fileId, cancellationToken);
        var answer = await container.RunAsync(Shell.Look(options.Workdir, path), cancellationToken);
        return (answer.Word == "file" ? Shell.FileOf(path, answer.Arguments) : null) ?? throw ShellErrors.Of(answer, fileId);
    }

    private ValueTask<string> PathOfAsync(EngineContainer container, string fileId, CancellationToken cancellationToken) =>
        _ids.ResolveAsync(fileId, container.Id, async () => (await AllAsync(container, cancellationToken)).Select(file => file.Path));

    private ListPosition PositionOf(EngineContainer container, ShellFile file) => new(_ids.Of(container.Id, file.Path), file.ModifiedAt, file.Path);

    /// <summary>
    /// Opens a file that has just been looked at. The engine reads it as root and follows links, so what it gives is checked again: were the path
    /// turned into a link meanwhile, it would still have to be a file that the container's user may read.
    /// </summary>
    private async ValueTask<(ArchiveBody Body, long Length, DateTimeOffset ModifiedAt)?> OpenAsync(
        EngineContainer container, string path, CancellationToken cancellationToken)
    {
        var shared = path.AsSpan().ContainsAny(s_patterns) ? await ShareAsync(container, path, cancellationToken) : null;
        if (await container.OpenAsync(shared ?? (options.Root + path), cancellationToken) is not { } opened)
        {
            return null;
        }

        var archive = shared is null ? opened : new SharedArchive(opened, container, shared);

        try
        {
            var entry = await TarArchive.FirstAsync(archive, cancellationToken);
            if (entry is not { EntryType: TarEntryType.RegularFile or TarEntryType.V7RegularFile } || !MayRead(entry))
            {
                await archive.DisposeAsync();
                return null;
            }

            return (new ArchiveBody(archive, entry.DataStream ?? Stream.Null), entry.Length, entry.ModificationTime);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            await archive.DisposeAsync();
            throw EngineErrors.Unreadable();
        }
        catch
        {
            await archive.DisposeAsync();
            throw;
        }
    }

    /// <summary>Podman reads a path as a pattern. A file whose path could be taken for one gets a second name for as long as it is read.</summary>
    private async ValueTask<string> ShareAsync(EngineContainer container, string path, CancellationToken cancellationToken)
    {
        var shared = $"{StateDirectory.Staging}/{StateDirectory.NewStagedName()}";
        var answer = await container.RunAsync(Shell.Share(options.Workdir, path, shared), cancellationToken);
        return answer.Word == "shared" ? shared : throw ShellErrors.Of(answer);
    }

    private bool MayRead(TarEntry entry) =>
        entry.Uid == options.UserId ? entry.Mode.HasFlag(UnixFileMode.UserRead)
        : entry.Gid == options.GroupId ? entry.Mode.HasFlag(UnixFileMode.GroupRead)
        : entry.Mode.HasFlag(UnixFileMode.OtherRead);

    /// <summary>The data of an archive's entry, with the archive it comes from.</summary>
    private sealed record ArchiveBody(Stream Archive, Stream Data) : IAsyncDisposable
    {
        public PositionableBody Over(long length, Func<CancellationToken, ValueTask> alive) => new(Data, length, alive, this);

        public ValueTask DisposeAsync() => Archive.DisposeAsync();
    }
}
