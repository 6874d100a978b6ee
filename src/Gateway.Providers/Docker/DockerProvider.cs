using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Gateway.Providers.Contract;
using Gateway.Providers.Credentials;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>The provider <c>docker</c>: containers of a real engine, Docker's or Podman's.</summary>
internal sealed class DockerProvider : IProvider, IMaintained, IFileOwner, IReportsActivity
{
    private readonly DockerFiles _files;
    private readonly FrozenDictionary<Operation, Plan> _plans;
    private readonly DockerReaper _reaper;
    private readonly EngineVersion _version;
    private readonly ImagePulls _images;

    public DockerProvider(ProviderContext context)
    {
        var name = context.Name;
        var options = (DockerOptions?)context.Options ?? DockerOptionsReader.Default();
        _version = new EngineVersion(name, options, context.Time);
        var activity = new DockerActivity(context.Time);
        var files = _files = new DockerFiles(name, options, activity, _version);
        var spool = Path.Combine(context.DataDirectory, name, "tmp");
        var uploads = new DockerUploads(options, files, activity, spool, new SpoolSpace((long)options.MaxSpooledMb << 20), context.MaxFileBytes);
        _images = new ImagePulls(context.Time);
        var containers = new DockerContainers(name, options, activity, uploads, new DockerCapacity(options), _images, context.Time);
        _reaper = new DockerReaper(activity);
        _plans = new Dictionary<Operation, Plan>
        {
            [Operation.ContainerCreate] = Run(containers.CreateAsync),
            [Operation.ContainerList] = Run(containers.ListAsync),
            [Operation.ContainerRetrieve] = Run(containers.RetrieveAsync),
            [Operation.ContainerDelete] = Run(DockerContainers.DeleteAsync),
            [Operation.ContainerFileCreate] = Run(uploads.CreateAsync),
            [Operation.ContainerFileList] = Run(files.ListAsync),
            [Operation.ContainerFileRetrieve] = Run(files.RetrieveAsync),
            [Operation.ContainerFileContent] = Run(files.ContentAsync),
            [Operation.ContainerFileDelete] = Run(files.DeleteAsync),
        }.ToFrozenDictionary();
    }

    private delegate ValueTask<Reply> EngineAction(Call call, EngineClient engine, CancellationToken cancellationToken);

    private delegate ValueTask<Reply> UpstreamWork(Call call, EngineClient engine, IUpstream upstream, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public TimeSpan MaintenanceInterval { get; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public ProviderActivity? Activity => _images.Activity;

    /// <summary>Adds the dialect to the catalog.</summary>
    [ModuleInitializer]
    internal static void Register() => ProviderCatalog.Register(new Dialect
    {
        Name = "docker",
        Create = context => new DockerProvider(context),
        Credential = _ => NoCredential.Instance,
        Address = AddressOf,
        NeedsKey = false,
        Section = new ConfigSection(DockerOptions.SectionName, DockerOptionsReader.Read),
        CanBeCustomized = true,
    });

    /// <inheritdoc/>
    public Plan Plan(Call call) => _plans.GetValueOrDefault(call.Operation, Contract.Plan.Unsupported.Instance);

    /// <inheritdoc/>
    public GatewayError? Classify(UpstreamResponse response, Operation? operation) => EngineErrors.Read(response);

    /// <inheritdoc/>
    public async ValueTask MaintainAsync(IUpstream upstream, CancellationToken cancellationToken)
    {
        try
        {
            await _reaper.SweepAsync(await _version.ConnectAsync(upstream, cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (exception is TranslationRefusedException or UpstreamBrokenException)
        {
            // The engine is away; its containers wait for the next round.
        }
    }

    /// <inheritdoc/>
    public async ValueTask<SourceFile?> FindFileAsync(string fileId, IUpstream upstream, CancellationToken cancellationToken)
    {
        try
        {
            return await _files.FindFileAsync(fileId, upstream, cancellationToken);
        }
        catch (TranslationRefusedException refused)
        {
            return refused.Error.Kind == ErrorKind.NotFound ? null : throw new UpstreamBrokenException(refused.Error, refused);
        }
    }

    private static AccountAddress AddressOf(KeyContext key)
    {
        var address = ((DockerOptions?)key.Options ?? DockerOptionsReader.Default()).Address!;
        return new AccountAddress(address.BaseAddress, []) { Transport = address.Transport };
    }

    private Plan.Run Run(EngineAction work) => Run((call, engine, _, cancellationToken) => work(call, engine, cancellationToken));

    // The one place where failures become replies.
    private Plan.Run Run(UpstreamWork work) => new(async (call, upstream, cancellationToken) =>
    {
        try
        {
            return await work(call, await _version.ConnectAsync(upstream, cancellationToken), upstream, cancellationToken);
        }
        catch (TranslationRefusedException refused)
        {
            return new Reply.Failed(refused.Error);
        }
        catch (InvalidUploadException invalid)
        {
            return new Reply.Failed(invalid.Error);
        }
        catch (UpstreamBrokenException broken)
        {
            return new Reply.Failed(broken.Error);
        }
        catch (Exception failure) when (TranslatedErrors.IsStorageFull(failure))
        {
            return new Reply.Failed(TranslatedErrors.StorageFull);
        }
    });
}
