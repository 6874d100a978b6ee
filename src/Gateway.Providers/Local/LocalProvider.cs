using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Gateway.Providers.Contract;
using Gateway.Providers.Disk;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Local;

/// <summary>The built-in provider <c>local</c>: containers and files inside the gateway, with no network, key or server.</summary>
internal sealed class LocalProvider : IProvider, IFileOwner, IUsesDisk, IAsyncDisposable
{
    private readonly FrozenDictionary<Operation, Plan> _plans;
    private readonly LocalFiles _files;

    /// <summary>Opens the provider's store; throws <see cref="InvalidOperationException"/> when it cannot be used.</summary>
    public LocalProvider(ProviderContext context)
    {
        Store = LocalStore.Open(context);
        var containers = new LocalContainers(Store);
        var files = _files = new LocalFiles(Store);
        var uploads = new LocalUploads(Store);
        _plans = new Dictionary<Operation, Plan>
        {
            [Operation.ContainerCreate] = Run(containers.CreateAsync),
            [Operation.ContainerList] = Run(containers.ListAsync),
            [Operation.ContainerRetrieve] = Run(containers.RetrieveAsync),
            [Operation.ContainerDelete] = Run(containers.DeleteAsync),
            [Operation.ContainerFileCreate] = Run(uploads.CreateAsync),
            [Operation.ContainerFileList] = Run(files.ListAsync),
            [Operation.ContainerFileRetrieve] = Run(files.RetrieveAsync),
            [Operation.ContainerFileContent] = Run(files.ContentAsync),
            [Operation.ContainerFileDelete] = Run(files.DeleteAsync),
        }.ToFrozenDictionary();
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
    });

    /// <inheritdoc/>
    public Plan Plan(Call call) => _plans.GetValueOrDefault(call.Operation, Contract.Plan.Unsupported.Instance);

    /// <summary>Nothing: it asks nobody.</summary>
    public GatewayError? Classify(UpstreamResponse response, Operation? operation) => null;

    /// <inheritdoc/>
    public ValueTask<SourceFile?> FindFileAsync(string fileId, IUpstream upstream, CancellationToken cancellationToken) => _files.FindAsync(fileId, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Store.DisposeAsync();

    // The one place where failures become replies.
    private static Plan.Run Run(Func<Call, CancellationToken, ValueTask<Reply>> work) => new(async (call, _, cancellationToken) =>
    {
        try
        {
            return await work(call, cancellationToken);
        }
        catch (TranslationRefusedException refused)
        {
            return new Reply.Failed(refused.Error);
        }
        catch (InvalidUploadException invalid)
        {
            return new Reply.Failed(invalid.Error);
        }
        catch (DiskBusyException)
        {
            return new Reply.Failed(LocalErrors.Busy);
        }
        catch (Exception failure) when (LocalErrors.IsStorageFull(failure))
        {
            return new Reply.Failed(TranslatedErrors.StorageFull);
        }
    });
}
