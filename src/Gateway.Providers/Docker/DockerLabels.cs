using System.Globalization;
using System.Text.Json;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>What the gateway remembers about a container, on the container. Labels cannot be changed after its creation.</summary>
internal static class DockerLabels
{
    /// <summary>Prefix of every label of the gateway.</summary>
    public const string Prefix = "gateway.";

    /// <summary>On every container of any gateway, with the value 1.</summary>
    public const string Managed = Prefix + "managed";

    /// <summary>The configured name of the provider that owns it.</summary>
    public const string Provider = Prefix + "provider";

    /// <summary>The tenant whose it is; on none that is nobody's.</summary>
    public const string Tenant = Prefix + "tenant";

    private const string Name = Prefix + "name";
    private const string IdleMinutes = Prefix + "expires_minutes";
    private const string MemoryLimit = Prefix + "memory_limit";
    private const string Metadata = Prefix + "metadata";
    private const string NetworkPolicy = Prefix + "network_policy";

    /// <summary>All labels of a new container.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(
        TranslatedSpec spec, string provider, string? owner, IReadOnlyDictionary<string, string> extra)
    {
        foreach (var label in extra)
        {
            yield return label;
        }

        yield return new(Managed, "1");
        yield return new(Provider, provider);
        if (owner is not null)
        {
            yield return new(Tenant, owner);
        }

        yield return new(Name, spec.Name);
        yield return new(IdleMinutes, spec.IdleMinutes.ToString(CultureInfo.InvariantCulture));
        yield return new(MemoryLimit, spec.MemoryLimit);
        if (spec.Metadata is { } metadata)
        {
            yield return new(Metadata, metadata);
        }

        if (spec.NetworkPolicy is { } policy)
        {
            yield return new(NetworkPolicy, policy);
        }
    }

    /// <summary>The container these labels describe, or null when they are not those of a container of this provider.</summary>
    public static DockerContainer? Read(string engineId, string name, string state, JsonElement labels, string provider)
    {
        if (!DockerIds.IsContainer(name, provider)
            || Text(labels, Managed) != "1"
            || Text(labels, Provider) != provider
            || !long.TryParse(Text(labels, IdleMinutes), NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)
            || minutes is < 1 or > TranslatedSpec.MaxIdleMinutes)
        {
            return null;
        }

        return new DockerContainer
        {
            EngineId = engineId,
            Id = name,
            State = state,
            Owner = Text(labels, Tenant),
            Name = Text(labels, Name) ?? "",
            IdleMinutes = minutes,
            MemoryLimit = Text(labels, MemoryLimit) ?? TranslatedSpec.DefaultMemoryLimit,
            Metadata = JsonObject(Text(labels, Metadata)),
            NetworkPolicy = JsonObject(Text(labels, NetworkPolicy)),
        };
    }

    // Written out as it is, so it must be what it was when it was stored.
    private static string? JsonObject(string? text)
    {
        try
        {
            using var document = text is null ? null : JsonDocument.Parse(text);
            return document?.RootElement.ValueKind == JsonValueKind.Object ? text : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement labels, string name) =>
        labels.ValueKind == JsonValueKind.Object && labels.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
