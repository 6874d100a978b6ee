using Gateway.Providers.Contract;

namespace Gateway.Pipeline;

/// <summary>Who calls. Made once, before anything else of a request is believed.</summary>
internal sealed record Caller
{
    /// <summary>Whoever says nothing about himself to a gateway that does not ask.</summary>
    public static readonly Caller Anonymous = new();

    /// <summary>Whose containers it sees and makes; null while the gateway knows no client keys.</summary>
    public Tenant? Tenant { get; init; }

    /// <summary>
    /// What the request says in each place where a credential may stand, unverified; empty where there is none. Tells the callers of a gateway apart
    /// that knows no keys, for creates only. For hashing only.
    /// </summary>
    public IReadOnlyList<string> Credentials { get; init; } = [];
}
