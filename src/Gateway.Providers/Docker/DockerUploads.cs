using System.Runtime.ExceptionServices;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>
/// Creating files, from the client's bytes or from another file. The engine unpacks them, as root, where no process of the container has a hand in;
/// the container's user then moves them to their place.
/// </summary>
internal sealed class DockerUploads(IFileOwner provider, DockerOptions options, DockerFiles files, Leases leases, ProviderContext context)
{
    private readonly string _spoolDirectory = Path.Combine(context.DataDirectory, context.Name, "tmp");
    private readonly SpoolSpace _spoolSpace = new((long)options.MaxSpooledMb << 20);

    private long MaxFileBytes => context.MaxFileBytes();

    /// <summary>Where <c>file_ids</c> lead.</summary>
    public SourceFiles Sources { get; } = new(provider, options.Root);

    public async ValueTask<Reply> CreateAsync(Call call, EngineClient engine, CancellationToken cancellationToken)
    {
        var container = await files.UseAsync(call, engine, cancellationToken);
        var file = call.Body switch
        {
            CallBody.NewFile(var upload) => await ReceiveAsync(container, upload, cancellationToken),
            CallBody.FileReference reference => await CopyAsync(container, reference, call.Tenant, cancellationToken),
            _ => throw UploadTarget.Nothing(),
        };
        return TranslatedJson.File(files.View(container, file));
    }

    /// <summary>Copies a file into a container.</summary>
    public async ValueTask<ShellFile> CopyAsync(
        EngineContainer container, SourceFile source, UploadTarget target, CancellationToken cancellationToken)
    {
        var bytes = await SourceFiles.OpenAsync(source, target.Param, cancellationToken);
        await using (bytes.Content)
        {
            if (bytes.Length is { } length)
            {
                return length <= MaxFileBytes
                    ? await StoreAsync(container, bytes.Content, length, target, cancellationToken)
                    : throw TranslatedErrors.FileTooLarge(MaxFileBytes);
            }

            await using var spool = await SpoolAsync(container, bytes.Content, cancellationToken);
            return await StoreAsync(container, spool.Content, spool.Length, target, cancellationToken);
        }
    }

    private async ValueTask<ShellFile> ReceiveAsync(EngineContainer container, Upload upload, CancellationToken cancellationToken)
    {
        UploadTarget.Check(upload, options.Root);
        if (upload.RawLength - UploadTarget.MaxOverhead > MaxFileBytes)
        {
            throw TranslatedErrors.FileTooLarge(MaxFileBytes);
        }

        if (upload.MaxContentLength is { } length)
        {
            return await ReceiveAsync(container, upload, length, cancellationToken);
        }

        await using var spool = await SpoolAsync(container, upload.Content, cancellationToken);
        var target = await UploadTarget.FinishAsync(upload, options.Root, cancellationToken);
        return await StoreAsync(container, spool.Content, spool.Length, target, cancellationToken);
    }

    /// <summary>
    /// Passes the bytes on as they come. Where the file ends shows only when it does, so an archive of the greatest possible length is sent; what
    /// is beyond the end, nearly always two bytes, is cut off in the container.
    /// </summary>
    private async ValueTask<ShellFile> ReceiveAsync(EngineContainer container, Upload upload, long length, CancellationToken cancellationToken)
    {
        var staged = $"{StateDirectory.Staging}/{StateDirectory.NewStagedName()}";
        var content = new PaddedStream(upload.Content, length, MaxFileBytes, token => leases.UseAsync(container, token), context.Time);
        try
        {
            await StageAsync(container, staged, content, length, cancellationToken);
            var target = await UploadTarget.FinishAsync(upload, options.Root, cancellationToken);
            return await PlaceAsync(container, staged, length, content.Received, target, cancellationToken);
        }
        catch (Exception exception)
        {
            await UnstageAsync(container, staged);

            // The engine only saw the body break off; why is known here.
            if (exception is TranslationRefusedException && content.Fault is TranslationRefusedException or InvalidUploadException)
            {
                ExceptionDispatchInfo.Throw(content.Fault);
            }

            throw;
        }
    }

    private async ValueTask<ShellFile> CopyAsync(
        EngineContainer container, CallBody.FileReference reference, Tenant? tenant, CancellationToken cancellationToken)
    {
        const string Param = "file_id";
        var wanted = UploadTarget.Of(reference, options.Root);
        var source = await Sources.FindAsync(reference.FileId, Param, tenant, container.Engine.Upstream, cancellationToken);
        return await CopyAsync(container, source, wanted ?? UploadTarget.Of(source, Param, options.Root), cancellationToken);
    }

    private ValueTask<Spool> SpoolAsync(EngineContainer container, Stream content, CancellationToken cancellationToken) =>
        Spool.ReceiveAsync(_spoolDirectory, _spoolSpace, content, MaxFileBytes, token => leases.UseAsync(container, token), cancellationToken);

    private async ValueTask<ShellFile> StoreAsync(
        EngineContainer container, Stream content, long length, UploadTarget target, CancellationToken cancellationToken)
    {
        var staged = $"{StateDirectory.Staging}/{StateDirectory.NewStagedName()}";
        try
        {
            await StageAsync(container, staged, content, length, cancellationToken);
            return await PlaceAsync(container, staged, length, length, target, cancellationToken);
        }
        catch
        {
            await UnstageAsync(container, staged);
            throw;
        }
    }

    private async ValueTask StageAsync(
        EngineContainer container, string staged, Stream content, long length, CancellationToken cancellationToken)
    {
        var (archive, archiveLength) = TarArchive.Of(FactsOf(staged), content, length);
        await using (archive)
        {
            await container.PutAsync(StateDirectory.Staging, archive, archiveLength, cancellationToken);
        }
    }

    /// <summary>
    /// Takes back what may have been staged. A file that broke off is still root's, so an empty one of the user's is put over it first; the user
    /// can take that away.
    /// </summary>
    private async ValueTask UnstageAsync(EngineContainer container, string staged)
    {
        var empty = TarArchive.Of((FactsOf(staged), []));
        await container.QuietlyAsync(async (detached, token) =>
        {
            await detached.PutAsync(StateDirectory.Staging, empty, token);
            await detached.RunAsync(Shell.Drop(staged), token);
        });
    }

    private TarEntryFacts FactsOf(string staged) =>
        new(TranslatedPath.BaseName(staged), Shell.UploadedMode, options.UserId, options.GroupId, leases.NowMs / 1000);

    private async ValueTask<ShellFile> PlaceAsync(
        EngineContainer container, string staged, long stored, long length, UploadTarget target, CancellationToken cancellationToken)
    {
        var path = target.Path.Value[options.Root.Length..];
        var answer = await container.RunAsync(Shell.Place(options.Workdir, path, staged, stored, length), cancellationToken);
        return (answer.Word == "file" ? Shell.FileOf(path, answer.Arguments) : null) ?? throw ShellErrors.OfPlacing(answer, target.Param);
    }
}
