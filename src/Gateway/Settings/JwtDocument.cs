namespace Gateway.Settings;

/// <summary><c>client.jwt</c>: callers that an identity provider vouches for.</summary>
internal sealed record JwtDocument : RightsDocument
{
    /// <summary>Address of the identity provider (OpenID Connect Discovery).</summary>
    public string? Authority { get; set; }

    /// <summary>What tokens must be made for (<c>aud</c>).</summary>
    public string? Audience { get; set; }

    /// <summary>Who must have made them (<c>iss</c>); what the identity provider says of itself by default.</summary>
    public string? Issuer { get; set; }

    /// <summary>The claim that says whose containers they see.</summary>
    public string TenantClaim { get; set; } = "sub";

    /// <summary>Claims that must have these values.</summary>
    public Dictionary<string, string> RequiredClaims { get; set; } = [];

    /// <summary>Providers they may use.</summary>
    public ProviderConfigDocument[] ProviderConfigs { get; set; } = [];
}
