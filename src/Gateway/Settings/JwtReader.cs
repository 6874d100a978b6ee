using System.Collections.Frozen;

namespace Gateway.Settings;

/// <summary>Reads <c>client.jwt</c>.</summary>
internal static class JwtReader
{
    private const string Path = "$.client.jwt";

    /// <summary>Reads the section; null when there is none.</summary>
    public static JwtSettings? Read(JwtDocument? document, RightsReader rights, Reading reading)
    {
        if (document is null)
        {
            return null;
        }

        if (!Uri.TryCreate(document.Authority, UriKind.Absolute, out var authority) || authority.UserInfo.Length > 0
            || !(authority.Scheme == Uri.UriSchemeHttps || (authority.Scheme == Uri.UriSchemeHttp && authority.IsLoopback)))
        {
            reading.Findings.Refuse($"{Path}.authority", "must be the https URL of an identity provider (http on loopback only)");
        }

        if (string.IsNullOrWhiteSpace(document.Audience))
        {
            // Tokens that were made for others would open the gateway, too.
            reading.Findings.Refuse($"{Path}.audience", "is required: what tokens are made for (aud)");
        }

        RightsReader.Check(document, Path, reading);

        // Counts are kept by what is configured; tenants of tokens are as many as the identity provider names.
        if (document.Limits?.MaxConcurrentCalls is not null)
        {
            reading.Findings.Refuse($"{Path}.limits.max_concurrent_calls", "is counted for keys and teams alone, so that it cannot be given");
        }

        for (var i = 0; i < document.ProviderConfigs.Length; i++)
        {
            if (document.ProviderConfigs[i].RateLimitId is not null)
            {
                reading.Findings.Refuse(
                    $"{JsonPath.Element($"{Path}.provider_configs", i)}.rate_limit_id", "is counted for keys alone, so that it cannot be given");
            }
        }

        return new JwtSettings
        {
            Authority = document.Authority ?? "",
            Audience = document.Audience ?? "",
            Issuer = document.Issuer,
            TenantClaim = document.TenantClaim,
            RequiredClaims = document.RequiredClaims.ToFrozenDictionary(),
            SeesAll = document.Containers == "all",
            Rights = rights.Read(document, document.ProviderConfigs, null, Path),
        };
    }
}
