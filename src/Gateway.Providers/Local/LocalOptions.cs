using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Providers.Contract;

namespace Gateway.Providers.Local;

/// <summary>The section <c>local_config</c> of a provider. A record, so that a reload which changes nothing in it changes nothing.</summary>
internal sealed record LocalOptions
{
    /// <summary>The section's name in the config file.</summary>
    public const string SectionName = "local_config";

    /// <summary>
    /// Bytes all files may take together, in MiB, 1 or more. Default 1024. Uploads beyond it are answered 413; a value above the free space of
    /// the disk turns those into 507.
    /// </summary>
    [JsonPropertyName("max_total_size_mb")]
    public int MaxTotalSizeMb { get; set; } = 1024;

    /// <summary>Running containers at a time, 1 or more. Default 10000. Creates beyond it are answered 429.</summary>
    [JsonPropertyName("max_containers")]
    public int MaxContainers { get; set; } = 10_000;

    /// <summary>
    /// Space of the disk that stays free, in MiB, 1 or more: below it uploads and creates are answered 507. Null for 64, or a sixteenth of a disk
    /// below 1 GiB.
    /// </summary>
    [JsonPropertyName("reserve_mb")]
    public int? ReserveMb { get; set; }

    // What the file cannot set is internal: an ignored member would be accepted and do nothing.

    /// <summary>Expired containers that stay listed; beyond it the oldest are forgotten. Not configurable: it only bounds the database.</summary>
    internal int MaxExpiredKept { get; init; } = 10_000;

    /// <summary><see cref="MaxTotalSizeMb"/> in bytes.</summary>
    internal long MaxTotalBytes => MaxTotalSizeMb * 1024L * 1024L;

    /// <summary><see cref="ReserveMb"/> in bytes.</summary>
    internal long? ReserveBytes => ReserveMb * 1024L * 1024L;

    /// <summary>The disk; tests slow and fill it.</summary>
    internal ILocalDisk Disk { get; init; } = LocalDisk.Instance;

    /// <summary>Reads the section; see <see cref="ConfigSection.Read"/> for what it throws.</summary>
    public static LocalOptions Read(JsonElement section)
    {
        var options = section.Deserialize(LocalOptionsContext.Default.LocalOptions) ?? throw new JsonException("An object is expected.");
        AtLeastOne("max_total_size_mb", options.MaxTotalSizeMb);
        AtLeastOne("max_containers", options.MaxContainers);
        AtLeastOne("reserve_mb", options.ReserveMb ?? 1);
        return options;
    }

    private static void AtLeastOne(string member, int value)
    {
        if (value < 1)
        {
            throw new ConfigSectionException(member, $"must be 1 or more, but is {value}");
        }
    }
}

/// <summary>Strict reading: a misspelt or repeated member stops the start instead of being ignored.</summary>
[JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false,
    AllowTrailingCommas = true, ReadCommentHandling = JsonCommentHandling.Skip)]
[JsonSerializable(typeof(LocalOptions))]
internal sealed partial class LocalOptionsContext : JsonSerializerContext;
