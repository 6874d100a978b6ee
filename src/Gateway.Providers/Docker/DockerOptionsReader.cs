using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>Reads and checks <c>docker_config</c>.</summary>
internal static partial class DockerOptionsReader
{
    /// <summary>What fits into the seven octal digits of an archive.</summary>
    private const int MaxUserId = 2_097_151;

    /// <summary>Reads the section; see <see cref="ConfigSection.Read"/> for what it throws.</summary>
    public static DockerOptions Read(JsonElement section) =>
        Check(section.Deserialize(DockerOptionsContext.Default.DockerOptions) ?? throw new JsonException("An object is expected."));

    /// <summary>The section of a provider that has none.</summary>
    public static DockerOptions Default() => Check(new DockerOptions());

    private static DockerOptions Check(DockerOptions options)
    {
        Require(options.Image.Length > 0, "image", "must not be empty");
        foreach (var (limit, image) in options.Images)
        {
            Require(TranslatedSpec.MemoryLimits.Contains(limit), $"images.{limit}", "must be one of '1g', '4g', '16g' and '64g'");
            Require(!string.IsNullOrEmpty(image), $"images.{limit}", "must not be empty");
        }

        Require(
            options.PullPolicy is DockerOptions.PullIfMissing or DockerOptions.PullAlways or DockerOptions.PullNever, "pull_policy",
            "must be 'if_missing', 'always' or 'never'");
        Require(options.MaxContainers >= 1, "max_containers", "must be 1 or more");
        Require(TranslatedSpec.MemoryLimits.Contains(options.MaxMemoryLimit), "max_memory_limit", "must be one of '1g', '4g', '16g' and '64g'");
        Require(Gibibytes().IsMatch(options.MaxTotalMemory), "max_total_memory", "must be a number of GiB from 1g to 999999g");
        Require(options.MaxSpooledMb >= 1, "max_spooled_mb", "must be 1 or more");
        Require(options.Command is [{ Length: > 0 }, ..], "command", "must name a program");
        Require(options.Network.Length > 0, "network", "must not be empty; 'none' is the default");

        // Either shares a network name space that is not the container's own: the host's, or a foreign container's.
        Require(
            options.Network != "host"
                && !options.Network.StartsWith("container:", StringComparison.Ordinal)
                && !options.Network.StartsWith("ns:", StringComparison.Ordinal),
            "network", $"'{options.Network}' would break the isolation of the containers");
        Require(
            User().IsMatch(options.User)
                && options.User.Split(':').All(IsUserId),
            "user", $"must be a numeric user or user:group from 1 to {MaxUserId}");
        Require(options.Cpus is > 0 and <= 1024, "cpus", "must be above 0");
        Require(options.PidsLimit >= 16, "pids_limit", "must be 16 or more");
        foreach (var (name, limit) in options.Ulimits)
        {
            Require(UlimitName().IsMatch(name) && limit >= 0, $"ulimits.{name}", "must be the name of a limit with a number of 0 or more");
        }

        foreach (var label in options.Labels.Keys)
        {
            Require(
                label.Length > 0 && !label.StartsWith(DockerLabels.Prefix, StringComparison.Ordinal), $"labels.{label}",
                $"the prefix '{DockerLabels.Prefix}' is the gateway's own");
        }

        Require(
            IsWorkdir(options.Workdir), "workdir",
            "must be a canonical absolute path of letters, digits and '._-/', below the root and outside of /proc, /sys and /dev");
        return options with
        {
            Address = DockerAddress.Resolve(options.Host, options.Tls, Environment.GetEnvironmentVariable, File.Exists, File.ReadAllText),
            Text = JsonSerializer.Serialize(options, DockerOptionsContext.Default.DockerOptions),
        };
    }

    private static bool IsUserId(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id is > 0 and <= MaxUserId;

    private static bool IsWorkdir(string path) =>
        Workdir().IsMatch(path)
        && !path.Split('/').Any(part => part is "." or "..")
        && !path.StartsWith(StateDirectory.Path, StringComparison.Ordinal)
        && path.Split('/')[1] is not ("proc" or "sys" or "dev");

    private static void Require(bool condition, string member, string reason)
    {
        if (!condition)
        {
            throw new ConfigSectionException(member, reason);
        }
    }

    [GeneratedRegex("^[0-9]+(:[0-9]+)?$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex User();

    [GeneratedRegex("^[1-9][0-9]{0,5}g$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Gibibytes();

    [GeneratedRegex("^[a-z]+$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex UlimitName();

    [GeneratedRegex("^(/[A-Za-z0-9._-]+)+$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Workdir();
}
