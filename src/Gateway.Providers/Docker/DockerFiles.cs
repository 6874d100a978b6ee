using System.Buffers;
using System.Formats.Tar;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>The operations on files, but for <see cref="DockerUploads"/>, and where a <c>file_id</c> of this provider leads. Each is a use of the container.</summary>
internal sealed class DockerFiles(string provider, DockerOptions options, DockerActivity activity, EngineVersion version) : IFileOwner
{
    private const string ContentType = "application/octet-stream";

    private static readonly SearchValues<char> s_patterns = SearchValues.Create("*?[]{}\\");

    private readonly DeletedFiles _deleted = new();

    public async ValueTask<Reply> ListAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var container = await UseAsync(call, engine, cancellationToken);
        var page = call.Page;
        var direction = page.Order == ListOrder.Ascending ? 1 : -1;
        var files = (await AllAsync(engine, container, cancellationToken)).Select(file => ListPosition.Of(container, file)).ToList();
        files.Sort((one, other) => direction * ListPosition.Compare(one, other));
        var cursor = page.After is { } after
            ? files.Find(file => file.Id == after) ?? _deleted.Find(after) ?? throw TranslatedErrors.UnknownCursor(after)
            : null;
        var rest = files.Where(file => cursor is null || direction * ListPosition.Compare(file, cursor) > 0).Take(page.Limit + 1).ToList();
        return new Reply.Json(TranslatedJson.Files(
            new TranslatedPage<TranslatedFile>([.. rest.Take(page.Limit).Select(place => View(container, place.File))], rest.Count > page.Limit)));
    }

    public async ValueTask<Reply> RetrieveAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var container = await UseAsync(call, engine, cancellationToken);
        return new Reply.Json(TranslatedJson.File(View(container, await LookAsync(engine, container, call.File!.Value.Value, cancellationToken))));
    }

    public async ValueTask<Reply> ContentAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var container = await UseAsync(call, engine, cancellationToken);
        var id = call.File!.Value.Value;
        var file = await LookAsync(engine, container, id, cancellationToken);
        var (body, length, modified) = await OpenAsync(engine, container, file.Path, cancellationToken) ?? throw TranslatedErrors.UnknownFile(id);
        return new Reply.Content(body.Over(length, token => activity.UseAsync(engine, container, token)), ContentType, TranslatedPath.BaseName(file.Path), null, modified);
    }

    public async ValueTask<Reply> DeleteAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var container = await UseAsync(call, engine, cancellationToken);
        var id = call.File!.Value.Value;
        var path = await PathOfAsync(engine, container, id, cancellationToken);
        var answer = await engine.RunAsync(container.EngineId, Shell.Delete(options.Workdir, path), cancellationToken);
        var file = answer.Word == "file" ? Shell.FileOf(path, answer.Arguments) : null;
        _deleted.Add(ListPosition.Of(container, file ?? throw Refusal(answer, id)));
        return new Reply.Json(TranslatedJson.FileDeleted(id));
    }

    /// <inheritdoc/>
    public async ValueTask<SourceFile?> FindFileAsync(string fileId, IUpstream upstream, CancellationToken cancellationToken)
    {
        if (!DockerFileId.TryParse(fileId, provider, out var id))
        {
            return null;
        }

        var engine = await version.ConnectAsync(upstream, cancellationToken);
        if (await engine.FindAsync(id.ContainerId, cancellationToken) is not { WasStarted: true, Runs: true } container)
        {
            return null;
        }

        await activity.UseAsync(engine, container, cancellationToken);
        var file = await LookAsync(engine, container, fileId, cancellationToken);
        return new SourceFile(
            fileId, TranslatedPath.BaseName(file.Path),
            async token => await OpenAsync(engine, container, file.Path, token) is var (body, length, _)
                ? new SourceBytes(body.Over(length, inner => activity.UseAsync(engine, container, inner)), length)
                : null);
    }

    /// <summary>What clients see of a file.</summary>
    public TranslatedFile View(DockerContainer container, ShellFile file) => new()
    {
        Id = DockerFileId.Of(container.Id, file.Path),
        ContainerId = container.Id,
        Path = options.Root + file.Path,
        Bytes = file.Bytes,
        CreatedAt = file.ModifiedAt,
        Source = file.Uploaded ? "user" : "assistant",
    };

    /// <summary>What a script's refusal to look at, or delete, a file means.</summary>
    public static TranslationRefusedException Refusal(ShellResult answer, string fileId = "") => answer.Word switch
    {
        "missing" or "link" or "notdir" => TranslatedErrors.UnknownFile(fileId),
        "denied" => EngineErrors.Denied(),
        "tool" => EngineErrors.Unsuitable(answer.Arguments.FirstOrDefault("")),
        _ => EngineErrors.NoShellAnswer(""),
    };

    /// <summary>The container of a call, ready to be worked with.</summary>
    public async ValueTask<DockerContainer> UseAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var container = await DockerContainers.FindAsync(call, engine, cancellationToken);
        if (!container.Runs)
        {
            throw TranslatedErrors.Expired();
        }

        await activity.UseAsync(engine, container, cancellationToken);
        return container;
    }

    private async ValueTask<IReadOnlyList<ShellFile>> AllAsync(EngineClient engine, DockerContainer container, CancellationToken cancellationToken)
    {
        var answer = await engine.RunAsync(container.EngineId, Shell.List(options.Workdir), cancellationToken);

        // 1: something vanished, or could not be entered, on the way. 126 and more: it did not run, or was killed.
        return answer is { Word: "end", Arguments: [{ Length: < 3 }] } ? answer.Files : throw Refusal(answer);
    }

    private async ValueTask<ShellFile> LookAsync(EngineClient engine, DockerContainer container, string fileId, CancellationToken cancellationToken)
    {
        var path = await PathOfAsync(engine, container, fileId, cancellationToken);
        var answer = await engine.RunAsync(container.EngineId, Shell.Look(options.Workdir, path), cancellationToken);
        return (answer.Word == "file" ? Shell.FileOf(path, answer.Arguments) : null) ?? throw Refusal(answer, fileId);
    }

    private async ValueTask<string> PathOfAsync(EngineClient engine, DockerContainer container, string fileId, CancellationToken cancellationToken)
    {
        if (!DockerFileId.TryParse(fileId, provider, out var id) || id.ContainerId != container.Id)
        {
            throw TranslatedErrors.UnknownFile(fileId);
        }

        return id.Path
            ?? (await AllAsync(engine, container, cancellationToken)).FirstOrDefault(file => DockerFileId.Of(container.Id, file.Path) == fileId)?.Path
            ?? throw TranslatedErrors.UnknownFile(fileId);
    }

    /// <summary>
    /// Opens a file that has just been looked at. The engine reads it as root and follows links, so what it gives is checked again: were the path
    /// turned into a link meanwhile, it would still have to be a file that the container's user may read.
    /// </summary>
    private async ValueTask<(ArchiveBody Body, long Length, DateTimeOffset ModifiedAt)?> OpenAsync(
        EngineClient engine, DockerContainer container, string path, CancellationToken cancellationToken)
    {
        var shared = path.AsSpan().ContainsAny(s_patterns) ? await ShareAsync(engine, container, path, cancellationToken) : null;
        if (await engine.OpenAsync(container.EngineId, shared ?? (options.Root + path), cancellationToken) is not { } opened)
        {
            return null;
        }

        var archive = shared is null ? opened : new SharedArchive(opened, engine, container.EngineId, shared);

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
    private async ValueTask<string> ShareAsync(EngineClient engine, DockerContainer container, string path, CancellationToken cancellationToken)
    {
        var shared = $"{StateDirectory.Staging}/{StateDirectory.NewStagedName()}";
        var answer = await engine.RunAsync(container.EngineId, Shell.Share(options.Workdir, path, shared), cancellationToken);
        return answer.Word == "shared" ? shared : throw Refusal(answer);
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
