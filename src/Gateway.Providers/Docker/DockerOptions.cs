using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Providers.Docker;

/// <summary>
/// The section <c>docker_config</c> of a provider or a key. Two that say the same are equal, so that a reload sees what has changed.
/// </summary>
internal sealed record DockerOptions
{
    /// <summary>The section's name in the config file.</summary>
    public const string SectionName = "docker_config";

    /// <summary>
    /// The engine: <c>unix:///path</c>, <c>tcp://host:port</c>, <c>http://…</c> or <c>https://…</c>. Default: the environment's
    /// <c>DOCKER_HOST</c>, else the first of the usual sockets that exists.
    /// </summary>
    [JsonPropertyName("host")]
    public string? Host { get; set; }

    /// <summary>Certificates for an engine behind TLS; files in PEM. Default: <c>DOCKER_CERT_PATH</c> when <c>DOCKER_TLS_VERIFY</c> is set.</summary>
    [JsonPropertyName("tls")]
    public DockerTlsOptions? Tls { get; set; }

    /// <summary>Image of every container. Default <c>docker.io/library/python:3.12-slim</c>.</summary>
    [JsonPropertyName("image")]
    public string Image { get; set; } = "docker.io/library/python:3.12-slim";

    /// <summary>Images for single memory limits, by <c>1g</c>, <c>4g</c>, <c>16g</c>, <c>64g</c>; <see cref="Image"/> for the others.</summary>
    [JsonPropertyName("images")]
    public Dictionary<string, string> Images { get; set; } = [];

    /// <summary>
    /// When images are pulled by the engine: <c>if_missing</c> (the default) when it has none, <c>always</c> before each create, <c>never</c>.
    /// Creates wait for a pull as long as a request may take.
    /// </summary>
    [JsonPropertyName("pull_policy")]
    public string PullPolicy { get; set; } = PullIfMissing;

    /// <summary>
    /// Containers of this provider at the engine, ended ones included until they are removed, 1 or more. Default 100. Creates beyond it are answered
    /// 429.
    /// </summary>
    [JsonPropertyName("max_containers")]
    public int MaxContainers { get; set; } = 100;

    /// <summary>
    /// Largest memory limit a container may ask for: <c>1g</c>, <c>4g</c>, <c>16g</c> or <c>64g</c>, the default. Creates beyond it are answered 400.
    /// </summary>
    [JsonPropertyName("max_memory_limit")]
    public string MaxMemoryLimit { get; set; } = "64g";

    /// <summary>Memory limits of all running containers together, in GiB as <c>100g</c>, the default. Creates beyond it are answered 429.</summary>
    [JsonPropertyName("max_total_memory")]
    public string MaxTotalMemory { get; set; } = "100g";

    /// <summary>
    /// MiB of the gateway's disk that uploads of unknown length may take together while they are received, 1 or more. Default 2048. Beyond it they
    /// are answered 503.
    /// </summary>
    [JsonPropertyName("max_spooled_mb")]
    public int MaxSpooledMb { get; set; } = 2048;

    /// <summary>What keeps a container running. Default: a shell that waits and reaps what its children leave behind.</summary>
    [JsonPropertyName("command")]
    public string[] Command { get; set; } = ["/bin/sh", "-c", "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait \"$!\"; done"];

    /// <summary>
    /// Network of containers that do not ask for none: <c>none</c> (the default) or the name of a network of the engine; never <c>host</c>.
    /// </summary>
    [JsonPropertyName("network")]
    public string Network { get; set; } = "none";

    /// <summary>Numeric user, or user and group, of every process in a container; not 0. Default <c>1000:1000</c>.</summary>
    [JsonPropertyName("user")]
    public string User { get; set; } = "1000:1000";

    /// <summary>Processors a container may use, above 0. Default 1.</summary>
    [JsonPropertyName("cpus")]
    public double Cpus { get; set; } = 1;

    /// <summary>Processes a container may have, 16 or more. Default 256.</summary>
    [JsonPropertyName("pids_limit")]
    public int PidsLimit { get; set; } = 256;

    /// <summary>Resource limits by name, e.g. <c>nofile</c>; soft and hard alike. Default: the engine's.</summary>
    [JsonPropertyName("ulimits")]
    public Dictionary<string, long> Ulimits { get; set; } = [];

    /// <summary>
    /// Whether the root file system cannot be written; the work directory is then a volume of its own and <c>/tmp</c> is in memory. Default false.
    /// </summary>
    [JsonPropertyName("read_only_root")]
    public bool ReadOnlyRoot { get; set; }

    /// <summary>OCI runtime of the engine, e.g. <c>runsc</c> (gVisor). Default: the engine's.</summary>
    [JsonPropertyName("runtime")]
    public string? Runtime { get; set; }

    /// <summary>Labels every container gets besides the gateway's own.</summary>
    [JsonPropertyName("labels")]
    public Dictionary<string, string> Labels { get; set; } = [];

    /// <summary>Absolute path of the directory that holds a container's files. Default <c>/mnt/data</c>.</summary>
    [JsonPropertyName("workdir")]
    public string Workdir { get; set; } = "/mnt/data";

    internal const string PullIfMissing = "if_missing";
    internal const string PullAlways = "always";
    internal const string PullNever = "never";

    /// <summary><see cref="Workdir"/> with a slash at its end.</summary>
    internal string Root => Workdir + "/";

    /// <summary>Numeric user of <see cref="User"/>.</summary>
    internal int UserId => int.Parse(User.Split(':')[0], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Numeric group of <see cref="User"/>; the user's number when none is named.</summary>
    internal int GroupId => int.Parse(User.Split(':')[^1], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Where the engine is; resolved when the section is read.</summary>
    internal DockerAddress? Address { get; init; }

    /// <summary>All members as one text; made when the section is read.</summary>
    internal string Text { get; init; } = "";

    /// <inheritdoc/>
    public bool Equals(DockerOptions? other) => other is not null && Text == other.Text && Address == other.Address;

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <summary>Image for a memory limit.</summary>
    public string ImageFor(string memoryLimit) => Images.GetValueOrDefault(memoryLimit, Image);
}

/// <summary><c>docker_config.tls</c>: paths of PEM files.</summary>
internal sealed record DockerTlsOptions
{
    /// <summary>Authorities to trust instead of the system's.</summary>
    [JsonPropertyName("ca")]
    public string? Ca { get; set; }

    /// <summary>The gateway's certificate.</summary>
    [JsonPropertyName("cert")]
    public string? Cert { get; set; }

    /// <summary>Its private key.</summary>
    [JsonPropertyName("key")]
    public string? Key { get; set; }
}

/// <summary>Strict reading: a misspelt or repeated member stops the start instead of being ignored.</summary>
[JsonSourceGenerationOptions(
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false, RespectNullableAnnotations = true,
    AllowTrailingCommas = true, ReadCommentHandling = JsonCommentHandling.Skip)]
[JsonSerializable(typeof(DockerOptions))]
internal sealed partial class DockerOptionsContext : JsonSerializerContext;
