using System.Runtime.CompilerServices;
using Gateway.Providers.Contract;
using Gateway.Providers.Credentials;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>The provider <c>docker</c>: containers of a real engine, Docker's or Podman's.</summary>
internal sealed class DockerProvider : IProvider, IMaintained, IFileOwner, IReportsActivity
{
    private readonly DockerFiles _files;
    private readonly TranslatedPlans _plans = new();
    private readonly Leases _leases;
    private readonly EngineVersion _version;
    private readonly ImagePulls _images;

    public DockerProvider(ProviderContext context)
    {
        var name = context.Name;
        var options = (DockerOptions?)context.Options ?? DockerOptionsReader.Default();
        _version = new EngineVersion(name, options, context.Time);
        _leases = new Leases(context.Time);
        _files = new DockerFiles(name, options, _leases, _version);
        var uploads = new DockerUploads(this, options, _files, _leases, context);
        _images = new ImagePulls(context.Time);
        var containers = new DockerContainers(name, options, _leases, uploads, new DockerCapacity(options), _images, context.Time);
        _plans[Operation.ContainerCreate] = Run(containers.CreateAsync);
        _plans[Operation.ContainerList] = Run(containers.ListAsync);
        _plans[Operation.ContainerRetrieve] = Run(containers.RetrieveAsync);
        _plans[Operation.ContainerDelete] = Run(DockerContainers.DeleteAsync);
        _plans[Operation.ContainerFileCreate] = Run(uploads.CreateAsync);
        _plans[Operation.ContainerFileList] = Run(_files.ListAsync);
        _plans[Operation.ContainerFileRetrieve] = Run(_files.RetrieveAsync);
        _plans[Operation.ContainerFileContent] = Run(_files.ContentAsync);
        _plans[Operation.ContainerFileDelete] = Run(_files.DeleteAsync);
    }

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
    public Plan Plan(Call call) => _plans.For(call);

    /// <inheritdoc/>
    public GatewayError? Classify(UpstreamResponse response, Operation? operation) => EngineErrors.Read(response);

    /// <inheritdoc/>
    public async ValueTask MaintainAsync(IUpstream upstream, CancellationToken cancellationToken)
    {
        try
        {
            var engine = await _version.ConnectAsync(upstream, cancellationToken);
            await _leases.SweepAsync(await engine.ListAsync(cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (exception is TranslationRefusedException or UpstreamBrokenException)
        {
            // The engine is away; its containers wait for the next round.
        }
    }

    /// <inheritdoc/>
    public ValueTask<SourceFile?> FindFileAsync(string fileId, IUpstream upstream, CancellationToken cancellationToken) =>
        _plans.FindFileAsync(() => _files.FindAsync(fileId, upstream, cancellationToken));

    private static AccountAddress AddressOf(KeyContext key)
    {
        var address = ((DockerOptions?)key.Options ?? DockerOptionsReader.Default()).Address!;
        return new AccountAddress(address.BaseAddress, []) { Transport = address.Transport };
    }

    private Recipe Run(Func<Call, EngineClient, CancellationToken, ValueTask<Reply>> work) => async (call, upstream, cancellationToken) =>
        await work(call, await _version.ConnectAsync(upstream, cancellationToken), cancellationToken);
}
