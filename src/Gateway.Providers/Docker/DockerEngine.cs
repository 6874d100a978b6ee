using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>One engine as this instance knows it: what its account's section says, and what has been learned of it and is under way there.</summary>
internal sealed class DockerEngine
{
    private readonly EngineVersion _version;

    public DockerEngine(IFileOwner provider, DockerOptions options, ProviderContext context)
    {
        _version = new EngineVersion(context.Name, options, context.Time);
        Leases = new Leases(context.Time);
        Images = new ImagePulls(context.Time);
        Files = new DockerFiles(context.Name, options, Leases, _version);
        Uploads = new DockerUploads(provider, options, Files, Leases, context);
        Containers = new DockerContainers(context.Name, options, Leases, Uploads, new DockerCapacity(options), Images, context.Time);
    }

    public Leases Leases { get; }

    public ImagePulls Images { get; }

    public DockerFiles Files { get; }

    public DockerUploads Uploads { get; }

    public DockerContainers Containers { get; }

    /// <inheritdoc cref="EngineVersion.ConnectAsync"/>
    public ValueTask<EngineClient> ConnectAsync(IUpstream upstream, CancellationToken cancellationToken) =>
        _version.ConnectAsync(upstream, cancellationToken);
}
