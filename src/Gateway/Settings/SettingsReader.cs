using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using Gateway.Providers.Contract;
using Gateway.Redis;

namespace Gateway.Settings;

/// <summary>
/// Turns the config file into <see cref="GatewaySettings"/>, in three steps that each report everything they find: the text (JSON, no repeated
/// member), its shape (members and types), its meaning (bounds, references, dialects).
/// </summary>
internal static class SettingsReader
{
    /// <summary>Replaces <c>data_directory</c>, for images and pods.</summary>
    public const string DataDirectoryVariable = "GATEWAY_DATA_DIRECTORY";

    /// <summary>Reads the file; throws <see cref="ConfigurationException"/> with every problem when it cannot be used.</summary>
    /// <param name="path">The file, relative to <paramref name="currentDirectory"/>, or <see cref="ConfigPath.DocumentVariable"/>.</param>
    /// <param name="environment">Looks up an environment variable; null when it is not set.</param>
    /// <param name="currentDirectory">Absolute; that of the process when null.</param>
    /// <param name="inForce">What needs a restart, as it is in force; null at a start.</param>
    public static GatewaySettings Read(
        string path, Func<string, string?> environment, string? currentDirectory = null, ConfigDocument? inForce = null)
    {
        currentDirectory ??= Environment.CurrentDirectory;
        var isFile = path != ConfigPath.DocumentVariable;
        var fullPath = isFile ? System.IO.Path.GetFullPath(path, currentDirectory) : path;
        var bytes = isFile ? Load(fullPath) : Encoding.UTF8.GetBytes(environment(path) ?? "");
        var text = ConfigText.Parse(System.IO.Path.GetFileName(fullPath), bytes);
        var findings = new Findings(text);
        using var parsed = text.ToDocument();
        ShapeCheck.Check(parsed.RootElement, findings);

        var document = parsed.Deserialize(ConfigDocumentContext.Default.ConfigDocument)!;
        using var references = new References(environment, findings);
        var settings = Resolve(document, new Reading(findings, references), fullPath, currentDirectory);
        findings.ThrowIfRefused();
        var awaitRestart = inForce is null ? [] : RestartMembers.Keep(document, inForce);
        if (awaitRestart.Count > 0)
        {
            // All of the file has been judged. What is in force has been, when it was read; its warnings have been given.
            var kept = new Findings(text);
            using var known = new References(environment, kept);
            settings = Resolve(document, new Reading(kept, known), fullPath, currentDirectory);
            kept.ThrowIfRefused();
        }

        return settings with
        {
            Revision = references.Revision(bytes),
            Warnings = findings.Warnings,
            InForce = RestartMembers.Of(document),
            AwaitRestart = [.. awaitRestart],
        };
    }

    private static GatewaySettings Resolve(ConfigDocument document, Reading reading, string fullPath, string currentDirectory)
    {
        var names = document.Providers;
        if (names.Count == 0)
        {
            reading.Findings.Refuse("$.providers", "must configure at least one provider, for example \"local\": {}");
        }

        var access = GovernanceReader.Read(document, reading);
        return new GatewaySettings
        {
            SourcePath = fullPath,
            Revision = "",
            Server = ServerReader.Read(document.Server, access, currentDirectory, reading),
            Client = ClientReader.Read(document.Client, reading),
            Logging = LoggingReader.Read(document.Logging, reading),
            Telemetry = TelemetryReader.Read(document.Telemetry, reading),
            DefaultProvider = ProviderName("default_provider", document.DefaultProvider),
            DropInProvider = ProviderName("drop_in_provider", document.DropInProvider) ?? "openai",
            DataDirectory = Directory(document.DataDirectory),
            Providers = names.Select(entry => ProviderReader.Read(entry.Key, entry.Value, reading)).OfType<ProviderSettings>()
                .ToFrozenDictionary(provider => provider.Name),
            Cache = Cache(document.Cache, reading),
            Access = access,
        };

        string? ProviderName(string member, string? name)
        {
            if (name is not null && !names.ContainsKey(name))
            {
                reading.Findings.Refuse($"$.{member}", $"names no configured provider{Nearest.Hint(name, names.Keys)}");
            }

            return name;
        }

        string Directory(string given)
        {
            var directory = reading.References.Override(DataDirectoryVariable) ?? given;
            if (string.IsNullOrWhiteSpace(directory) || directory.Any(char.IsControl))
            {
                reading.Findings.Refuse("$.data_directory", "must be the path of a directory");
                return currentDirectory;
            }

            return System.IO.Path.GetFullPath(directory, currentDirectory);
        }
    }

    private static CacheSettings Cache(CacheDocument document, Reading reading)
    {
        Secret? redis = null;
        if (document.Redis is { } text)
        {
            var reference = reading.References.ResolveSecret("$.cache.redis", text);
            redis = reference is Reference.Found { Text: var connection } ? new Secret(connection) : null;
            if (reference is Reference.Missing { Reason: var reason })
            {
                reading.Findings.Warn("$.cache.redis", $"{reason}; cache and ledger stay with this instance");
            }

            if (redis is not null && RedisAddress.Check(redis) is { } unreadable)
            {
                reading.Findings.Refuse("$.cache.redis", unreadable);
                redis = null;
            }
        }

        return new CacheSettings
        {
            Enabled = document.Enabled,
            Ttl = TimeSpan.FromSeconds(document.TtlSeconds),
            FileListTtl = TimeSpan.FromSeconds(document.FileListTtlSeconds),
            Redis = redis,
            RedisTimeout = TimeSpan.FromMilliseconds(document.RedisTimeoutMs),
            StaleIfError = TimeSpan.FromSeconds(document.StaleIfErrorSeconds),
            MaxBytes = (long)document.MaxSizeMb << 20,
            MaxEntries = document.MaxEntries,
        };
    }

    private static byte[] Load(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigurationException($"The configuration file {path} does not exist.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The configuration file {path} cannot be read.");
        }
    }
}
