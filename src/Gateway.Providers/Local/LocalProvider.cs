using System.Runtime.CompilerServices;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Local;

/// <summary>The built-in provider <c>local</c>: containers and files inside the gateway, with no network, key or server.</summary>
internal sealed class LocalProvider : IProvider, IFileOwner, IUsesDisk, IAsyncDisposable
{
    private readonly TranslatedPlans _plans = new(LocalErrors.Of);
    private readonly LocalFiles _files;
    private readonly LocalAdoptions _adoptions;

    /// <summary>Opens the provider's store; throws <see cref="InvalidOperationException"/> when it cannot be used.</summary>
    public LocalProvider(ProviderContext context)
    {
        Store = LocalStore.Open(context);
        _adoptions = new LocalAdoptions(Store);
        var sources = new SourceFiles(this, TranslatedPath.Root);
        var containers = new LocalContainers(Store, sources);
        var files = _files = new LocalFiles(Store);
        var uploads = new LocalUploads(Store, sources);
        _plans[Operation.ContainerCreate] = Asking(containers.CreateAsync);
        _plans[Operation.ContainerList] = Alone(containers.ListAsync);
        _plans[Operation.ContainerRetrieve] = Alone(containers.RetrieveAsync);
        _plans[Operation.ContainerDelete] = Alone(containers.DeleteAsync);
        _plans[Operation.ContainerFileCreate] = Asking(uploads.CreateAsync);
        _plans[Operation.ContainerFileList] = Alone(files.ListAsync);
        _plans[Operation.ContainerFileRetrieve] = Alone(files.RetrieveAsync);
        _plans[Operation.ContainerFileContent] = Alone(files.ContentAsync);
        _plans[Operation.ContainerFileDelete] = Alone(files.DeleteAsync);
    }

    /// <summary>The store, for tests and health.</summary>
    public LocalStore Store { get; }

    /// <inheritdoc/>
    public DiskUse Disk => new(Store.Quota.Used, Store.Options.MaxTotalBytes, Store.Space.IsFull);

    /// <summary>Adds the dialect to the catalog.</summary>
    [ModuleInitializer]
    internal static void Register() => ProviderCatalog.Register(new Dialect
    {
        Name = "local",
        Create = context => new LocalProvider(context),
        Section = new ConfigSection(LocalOptions.SectionName, LocalOptions.Read),
        KeepsTenant = true,
    });

    /// <inheritdoc/>
    public Plan Plan(Call call) => _plans.For(call);

    /// <summary>Nothing: it asks nobody.</summary>
    public GatewayError? Classify(UpstreamResponse response, Operation? operation) => null;

    /// <inheritdoc/>
    public ValueTask<SourceFile?> FindFileAsync(string fileId, Tenant? tenant, IUpstream upstream, CancellationToken cancellationToken) =>
        _plans.FindFileAsync(async () =>
        {
            await _adoptions.TakeAsync(tenant, cancellationToken);
            return await _files.FindAsync(fileId, tenant, cancellationToken);
        });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Store.DisposeAsync();

    /// <summary>An operation that asks nobody.</summary>
    private Recipe Alone(Func<Call, CancellationToken, ValueTask<Reply>> work) =>
        Asking((call, _, cancellationToken) => work(call, cancellationToken));

    private Recipe Asking(Recipe work) => async (call, upstream, cancellationToken) =>
    {
        await _adoptions.TakeAsync(call.Tenant, cancellationToken);
        return await work(call, upstream, cancellationToken);
    };
}
