using System.Collections.Frozen;

namespace Gateway.Settings;

/// <summary>Callers that an identity provider vouches for.</summary>
internal sealed record JwtSettings
{
    /// <summary>Address of the identity provider.</summary>
    public required string Authority { get; init; }

    /// <summary>What tokens must be made for.</summary>
    public required string Audience { get; init; }

    /// <summary>Who must have made them; null for what the identity provider says of itself.</summary>
    public string? Issuer { get; init; }

    /// <summary>The claim that says whose containers they see.</summary>
    public required string TenantClaim { get; init; }

    /// <summary>Claims that must have these values; none by default.</summary>
    public FrozenDictionary<string, string> RequiredClaims { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>Whether they see the containers of all. Default false.</summary>
    public bool SeesAll { get; init; }

    /// <summary>What they may do.</summary>
    public required ClientRights Rights { get; init; }
}
