using Gateway.Providers.Contract;

namespace Gateway.Settings;

/// <summary>Decides which dialect a provider speaks: by its name, or by <c>custom_provider_config</c>.</summary>
internal static class DialectReader
{
    private const string NoContainers = "has no containers API; calls answer unsupported_operation";

    /// <summary>The dialect; null when there is none for it (with a warning) or the choice is refused.</summary>
    public static Dialect? Read(string name, CustomProviderDocument? custom, string path, Reading reading)
    {
        var isBuiltIn = ProviderCatalog.TryFind(name, out var dialect);
        if (!isBuiltIn && !ProviderCatalog.KnownNames.Contains(name))
        {
            return custom is null ? RefuseName(name, path, reading) : ReadCustom(custom, path, reading);
        }

        if (custom is not null)
        {
            reading.Findings.Refuse($"{path}.custom_provider_config", $"\"{name}\" is a built-in provider; give the custom one another name");
            return null;
        }

        if (!isBuiltIn)
        {
            reading.Findings.Warn(path, NoContainers);
        }

        return dialect;
    }

    private static Dialect? RefuseName(string name, string path, Reading reading)
    {
        var hint = Nearest.Hint(name, ProviderCatalog.All.Select(dialect => dialect.Name).Concat(ProviderCatalog.KnownNames).Distinct());
        reading.Findings.Refuse(path, $"is not a built-in provider; a name of your own needs custom_provider_config.base_provider_type{hint}");
        return null;
    }

    private static Dialect? ReadCustom(CustomProviderDocument custom, string path, Reading reading)
    {
        var customPath = $"{path}.custom_provider_config";
        if (custom.RequestPathOverrides is { Count: > 0 })
        {
            reading.Findings.Refuse(
                $"{customPath}.request_path_overrides",
                "is not supported: an override replaces the whole path with its ids, so that no container could be addressed; use base_url");
        }

        var typePath = $"{customPath}.base_provider_type";
        var possible = ProviderCatalog.All.Where(dialect => dialect.CanBeCustomized).Select(dialect => dialect.Name).ToArray();
        if (custom.BaseProviderType is not { } type)
        {
            reading.Findings.Refuse(typePath, $"is required: {string.Join(" or ", possible)}");
            return null;
        }

        if (ProviderCatalog.TryFind(type, out var dialect) && dialect.CanBeCustomized)
        {
            return dialect;
        }

        if (dialect is null && ProviderCatalog.KnownNames.Contains(type))
        {
            reading.Findings.Warn(typePath, $"\"{type}\" {NoContainers}");
            return null;
        }

        reading.Findings.Refuse(typePath, $"must be {string.Join(" or ", possible)}{Nearest.Hint(type, possible)}");
        return null;
    }
}
