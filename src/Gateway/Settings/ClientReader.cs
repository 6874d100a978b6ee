using System.Buffers;
using System.Collections.Immutable;

namespace Gateway.Settings;

/// <summary>Reads <c>client</c>.</summary>
internal static class ClientReader
{
    private const string Path = "$.client";
    private const long Mb = 1024 * 1024;

    private static readonly SearchValues<char> s_tokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>Reads the section.</summary>
    public static ClientSettings Read(ClientDocument document, Reading reading) => new()
    {
        MaxRequestBodyBytes = Mb * document.MaxRequestBodySizeMb,
        MaxFileBytes = Mb * document.MaxFileSizeMb,
        MaxBufferedBytes = Mb * document.MaxBufferedBodiesMb,
        MaxUploadDuration = TimeSpan.FromSeconds(document.MaxUploadDurationSeconds),
        MinUploadRate = document.MinUploadBytesPerSecond,
        AllowedOrigins = Origins(document.AllowedOrigins, reading),
        AllowPerRequestRawOverride = document.AllowPerRequestRawOverride,
        StrictLists = document.StrictLists,
        HeaderAllowList = Patterns("allowlist", document.HeaderFilterConfig.Allowlist, reading),
        HeaderDenyList = Patterns("denylist", document.HeaderFilterConfig.Denylist, reading),
    };

    /// <summary>True for a text that can be the name of a header.</summary>
    public static bool IsHeaderName(ReadOnlySpan<char> name) => name.Length > 0 && !name.ContainsAnyExcept(s_tokenCharacters);

    private static ImmutableArray<string> Origins(string[] origins, Reading reading)
    {
        for (var i = 0; i < origins.Length; i++)
        {
            if (Urls.CheckOrigin(origins[i]) is { } reason)
            {
                reading.Findings.Refuse(JsonPath.Element($"{Path}.allowed_origins", i), reason);
            }
        }

        return [.. origins];
    }

    private static ImmutableArray<string> Patterns(string member, string[] patterns, Reading reading)
    {
        for (var i = 0; i < patterns.Length; i++)
        {
            var name = patterns[i].EndsWith('*') ? patterns[i][..^1] : patterns[i];
            if (patterns[i] != "*" && (!IsHeaderName(name) || name.Contains('*')))
            {
                var path = JsonPath.Element($"{Path}.header_filter_config.{member}", i);
                reading.Findings.Refuse(path, "must be the name of a header, with nothing but a trailing * as wildcard");
            }
        }

        return [.. patterns.Select(pattern => pattern.ToLowerInvariant())];
    }
}
