using System.Runtime.CompilerServices;
using Gateway.Providers.Contract;
using Gateway.Providers.Credentials;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>The provider <c>docker</c>: containers of a real engine, Docker's or Podman's.</summary>
internal sealed class DockerProvider : IProvider, IMaintained, IFileOwner, IReportsActivity
{
    private static readonly ConfigSection s_section = new(DockerOptions.SectionName, DockerOptionsReader.Read);

    private readonly TranslatedPlans _plans = new();
    private readonly DockerEngines _engines;

    public DockerProvider(ProviderContext context)
    {
        _engines = new DockerEngines(options => new DockerEngine(this, options, context));
        _plans[Operation.ContainerCreate] = Run(engine => engine.Containers.CreateAsync);
        _plans[Operation.ContainerList] = Run(engine => engine.Containers.ListAsync);
        _plans[Operation.ContainerRetrieve] = Run(engine => engine.Containers.RetrieveAsync);
        _plans[Operation.ContainerDelete] = Run(_ => DockerContainers.DeleteAsync);
        _plans[Operation.ContainerFileCreate] = Run(engine => engine.Uploads.CreateAsync);
        _plans[Operation.ContainerFileList] = Run(engine => engine.Files.ListAsync);
        _plans[Operation.ContainerFileRetrieve] = Run(engine => engine.Files.RetrieveAsync);
        _plans[Operation.ContainerFileContent] = Run(engine => engine.Files.ContentAsync);
        _plans[Operation.ContainerFileDelete] = Run(engine => engine.Files.DeleteAsync);
    }

    /// <summary>An operation at an engine.</summary>
    private delegate ValueTask<Reply> Work(Call call, EngineClient client, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public TimeSpan MaintenanceInterval { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Adds the dialect to the catalog.</summary>
    [ModuleInitializer]
    internal static void Register() => ProviderCatalog.Register(new Dialect
    {
        Name = "docker",
        Create = context => new DockerProvider(context),
        Credential = _ => NoCredential.Instance,
        Address = AddressOf,
        NeedsKey = false,
        NeedsKeyValue = false,
        Section = s_section,
        KeySection = s_section,
        CanBeCustomized = true,
        KeepsTenant = true,
    });

    /// <inheritdoc/>
    public ProviderActivity? ActivityOf(Account account) => _engines.Find(account)?.Images.Activity;

    /// <inheritdoc/>
    public Plan Plan(Call call) => _plans.For(call);

    /// <inheritdoc/>
    public GatewayError? Classify(UpstreamResponse response, Operation? operation) => EngineErrors.Read(response);

    /// <inheritdoc/>
    public async ValueTask MaintainAsync(IUpstream upstream, CancellationToken cancellationToken)
    {
        try
        {
            var engine = _engines.Of(upstream.Account);
            var client = await engine.ConnectAsync(upstream, cancellationToken);
            await engine.Leases.SweepAsync(await client.ListAsync(cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (exception is TranslationRefusedException or UpstreamBrokenException)
        {
            // The engine is away; its containers wait for the next round.
        }
    }

    /// <inheritdoc/>
    public ValueTask<SourceFile?> FindFileAsync(string fileId, Tenant? tenant, IUpstream upstream, CancellationToken cancellationToken) =>
        _plans.FindFileAsync(() => _engines.Of(upstream.Account).Files.FindAsync(fileId, tenant, upstream, cancellationToken));

    private static AccountAddress AddressOf(KeyContext key)
    {
        if ((key.KeyBaseUrl ?? key.ProviderBaseUrl) is not null)
        {
            throw new ConfigSectionException(
                "network_config.base_url",
                $"says nothing here, be it the key's or the provider's; {DockerOptions.SectionName}.host says where the engine is");
        }

        var address = ((DockerOptions?)key.Options ?? DockerOptionsReader.Default()).Address!;
        return new AccountAddress(address.BaseAddress, []) { Transport = address.Transport };
    }

    private Recipe Run(Func<DockerEngine, Work> at) => async (call, upstream, cancellationToken) =>
    {
        var engine = _engines.Of(upstream.Account);
        return await at(engine)(call, await engine.ConnectAsync(upstream, cancellationToken), cancellationToken);
    };
}
