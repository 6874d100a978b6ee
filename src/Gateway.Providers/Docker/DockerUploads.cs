using System.Runtime.ExceptionServices;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>
/// Creating files, from the client's bytes or from another file. The engine unpacks them, as root, where no process of the container has a hand in;
/// the container's user then moves them to their place.
/// </summary>
internal sealed class DockerUploads(
    DockerOptions options, DockerFiles files, DockerActivity activity, string spoolDirectory, SpoolSpace spoolSpace, Func<long> maxFileBytes)
{
    private const string DefaultName = "upload";

    // What a multipart body carries besides the file: boundaries, headers, three fields of at most 64 KiB. The rest of its length is the file.
    private const long MaxOverhead = 256 * 1024;

    public async ValueTask<Reply> CreateAsync(Call call, EngineClient engine, IUpstream upstream, CancellationToken cancellationToken)
    {
        var container = await files.UseAsync(call, engine, cancellationToken);
        var file = call.Body switch
        {
            CallBody.NewFile(var upload) => await ReceiveAsync(engine, container, upload, cancellationToken),
            CallBody.FileReference reference => await CopyAsync(engine, upstream, container, reference, cancellationToken),
            _ => throw TranslatedErrors.Invalid("Either 'file' or 'file_id' is required.", "file", "missing_required_parameter"),
        };
        return new Reply.Json(TranslatedJson.File(files.View(container, file)));
    }

    /// <summary>Finds the files a new container shall start with; all are looked up before anything is made.</summary>
    public async ValueTask<IReadOnlyList<SourceFile>> FindAllAsync(IReadOnlyList<string> ids, IUpstream upstream, CancellationToken cancellationToken)
    {
        const string Param = "file_ids";
        var found = new List<SourceFile>();
        foreach (var id in ids)
        {
            found.Add(await FindAsync(id, Param, upstream, cancellationToken));
        }

        return found.GroupBy(file => file.Name).FirstOrDefault(group => group.Count() > 1) is { } clash
            ? throw TranslatedErrors.Invalid($"'{Param}' names more than one file called '{clash.Key}'.", Param)
            : found;
    }

    /// <summary>Copies a file into a container.</summary>
    public async ValueTask<ShellFile> CopyAsync(
        EngineClient engine, DockerContainer container, SourceFile source, string path, string param, CancellationToken cancellationToken)
    {
        var bytes = await source.OpenAsync(cancellationToken) ?? throw TranslatedErrors.Invalid($"The file with id '{source.Id}' cannot be read where it is.", param);
        await using (bytes.Content)
        {
            if (bytes.Length is { } length)
            {
                return length <= maxFileBytes()
                    ? await StoreAsync(engine, container, bytes.Content, length, path, param, cancellationToken)
                    : throw TranslatedErrors.FileTooLarge(maxFileBytes());
            }

            await using var spool = await SpoolAsync(engine, container, bytes.Content, cancellationToken);
            return await StoreAsync(engine, container, spool.Content, spool.Length, path, param, cancellationToken);
        }
    }

    private async ValueTask<ShellFile> ReceiveAsync(EngineClient engine, DockerContainer container, Upload upload, CancellationToken cancellationToken)
    {
        // What is known to be wrong is not received first.
        RefuseReference(upload.Before);
        if (upload.Before.FilePath is { } early)
        {
            PathOf(early, "file_path");
        }

        if (upload.RawLength - MaxOverhead > maxFileBytes())
        {
            throw TranslatedErrors.FileTooLarge(maxFileBytes());
        }

        if (upload.MaxContentLength is { } length)
        {
            return await ReceiveAsync(engine, container, upload, length, cancellationToken);
        }

        await using var spool = await SpoolAsync(engine, container, upload.Content, cancellationToken);
        var (path, param) = await FinishAsync(upload, cancellationToken);
        return await StoreAsync(engine, container, spool.Content, spool.Length, path, param, cancellationToken);
    }

    /// <summary>
    /// Passes the bytes on as they come. Where the file ends shows only when it does, so an archive of the greatest possible length is sent; what
    /// is beyond the end, nearly always two bytes, is cut off in the container.
    /// </summary>
    private async ValueTask<ShellFile> ReceiveAsync(
        EngineClient engine, DockerContainer container, Upload upload, long length, CancellationToken cancellationToken)
    {
        var staged = $"{StateDirectory.Staging}/{StateDirectory.NewStagedName()}";
        var content = new PaddedStream(upload.Content, length, maxFileBytes(), token => activity.UseAsync(engine, container, token), activity.Time);
        try
        {
            await StageAsync(engine, container, staged, content, length, cancellationToken);
            var (path, param) = await FinishAsync(upload, cancellationToken);
            return await PlaceAsync(engine, container, staged, length, content.Received, path, param, cancellationToken);
        }
        catch (Exception exception)
        {
            await UnstageAsync(engine, container, staged);

            // The engine only saw the body break off; why is known here.
            if (exception is TranslationRefusedException && content.Fault is TranslationRefusedException or InvalidUploadException)
            {
                ExceptionDispatchInfo.Throw(content.Fault);
            }

            throw;
        }
    }

    private async ValueTask<(string Path, string Param)> FinishAsync(Upload upload, CancellationToken cancellationToken)
    {
        var fields = await upload.FinishAsync(cancellationToken);
        RefuseReference(fields);
        return fields.FilePath is { } wanted
            ? (PathOf(wanted, "file_path"), "file_path")
            : (PathOf(upload.FileName ?? DefaultName, "file"), "file");
    }

    private async ValueTask<ShellFile> CopyAsync(
        EngineClient engine, IUpstream upstream, DockerContainer container, CallBody.FileReference reference, CancellationToken cancellationToken)
    {
        const string Param = "file_id";
        var wanted = reference.FilePath is { } path ? PathOf(path, "file_path") : null;
        var source = await FindAsync(reference.FileId, Param, upstream, cancellationToken);
        return await CopyAsync(engine, container, source, wanted ?? source.Name, wanted is null ? Param : "file_path", cancellationToken);
    }

    private async ValueTask<SourceFile> FindAsync(string id, string param, IUpstream upstream, CancellationToken cancellationToken)
    {
        try
        {
            if (await files.FindFileAsync(id, upstream, cancellationToken) is { } own)
            {
                return own;
            }
        }
        catch (TranslationRefusedException refused) when (refused.Error.Kind == ErrorKind.NotFound)
        {
            throw TranslatedErrors.UnknownFile(id, param);
        }

        // Others name their files by rules of their own.
        return await upstream.FindFileAsync(id, cancellationToken) is { } file
            ? TranslatedPath.TryParse(file.Name, options.Root, out _, out _) ? file : file with { Name = id }
            : throw TranslatedErrors.UnknownFile(id, param);
    }

    private ValueTask<Spool> SpoolAsync(EngineClient engine, DockerContainer container, Stream content, CancellationToken cancellationToken) =>
        Spool.ReceiveAsync(spoolDirectory, spoolSpace, content, maxFileBytes(), token => activity.UseAsync(engine, container, token), cancellationToken);

    private async ValueTask<ShellFile> StoreAsync(
        EngineClient engine, DockerContainer container, Stream content, long length, string path, string param, CancellationToken cancellationToken)
    {
        var staged = $"{StateDirectory.Staging}/{StateDirectory.NewStagedName()}";
        try
        {
            await StageAsync(engine, container, staged, content, length, cancellationToken);
            return await PlaceAsync(engine, container, staged, length, length, path, param, cancellationToken);
        }
        catch
        {
            await UnstageAsync(engine, container, staged);
            throw;
        }
    }

    private async ValueTask StageAsync(
        EngineClient engine, DockerContainer container, string staged, Stream content, long length, CancellationToken cancellationToken)
    {
        var (archive, archiveLength) = TarArchive.Of(FactsOf(staged), content, length);
        await using (archive)
        {
            await engine.PutAsync(container.EngineId, StateDirectory.Staging, archive, archiveLength, cancellationToken);
        }
    }

    /// <summary>
    /// Takes back what may have been staged. A file that broke off is still root's, so an empty one of the user's is put over it first; the user
    /// can take that away.
    /// </summary>
    private async ValueTask UnstageAsync(EngineClient engine, DockerContainer container, string staged)
    {
        var empty = TarArchive.Of((FactsOf(staged), []));
        await EngineClient.QuietlyAsync(async token =>
        {
            await engine.PutAsync(container.EngineId, StateDirectory.Staging, empty, token);
            await engine.RunAsync(container.EngineId, Shell.Drop(staged), token);
        });
    }

    private TarEntryFacts FactsOf(string staged) =>
        new(TranslatedPath.BaseName(staged), Shell.UploadedMode, options.UserId, options.GroupId, activity.NowMs / 1000);

    private async ValueTask<ShellFile> PlaceAsync(
        EngineClient engine, DockerContainer container, string staged, long stored, long length, string path, string param, CancellationToken cancellationToken)
    {
        var answer = await engine.RunAsync(container.EngineId, Shell.ListPosition(options.Workdir, path, staged, stored, length), cancellationToken);
        return (answer.Word == "file" ? Shell.FileOf(path, answer.Arguments) : null) ?? throw answer.Word switch
        {
            "short" => EngineErrors.NotStored(),
            "link" => TranslatedErrors.Invalid($"The path in '{param}' cannot be used: it leads through a symbolic link.", param),
            "notdir" => EngineErrors.Taken("A part of the path is a file, not a directory.", param),
            "isdir" => EngineErrors.Taken("There is a directory at this path.", param),
            "denied" => EngineErrors.Denied(param),
            _ => DockerFiles.Refusal(answer),
        };
    }

    private string PathOf(string text, string param) =>
        TranslatedPath.TryParse(text, options.Root, out var path, out var reason)
            ? path.Value[options.Root.Length..]
            : throw TranslatedErrors.Invalid($"The path in '{param}' cannot be used: it {reason}.", param);

    private static void RefuseReference(UploadFields fields)
    {
        if (fields.FileId is not null)
        {
            throw TranslatedErrors.Invalid("'file' and 'file_id' cannot be used together.", "file_id");
        }
    }
}
