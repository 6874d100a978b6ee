using Gateway.Limits;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Pipeline;

/// <summary>Who calls. Made once, before anything else of a request is believed.</summary>
internal sealed record Caller
{
    /// <summary>Whoever says nothing about himself to a gateway that does not ask.</summary>
    public static readonly Caller Anonymous = new();

    /// <summary>Whose containers it sees and makes; null while the gateway knows no client keys.</summary>
    public Tenant? Tenant { get; init; }

    /// <summary>What it may do.</summary>
    public ClientRights Rights { get; init; } = ClientRights.All;

    /// <summary>Its key; null for one without, and for work that several callers share.</summary>
    public ClientKey? Key { get; init; }

    /// <summary>What bounds its requests wherever they go; nothing by default.</summary>
    public CallerLimits Limits { get; init; } = CallerLimits.None;

    /// <summary>
    /// What tells apart whose cached lists may be served to it: the tenant, or that it sees all. Null while the gateway knows no client keys. Rights
    /// that change what a list shows are in the revision of its view of the settings.
    /// </summary>
    public string? ListScope => Tenant is not { } tenant ? null : tenant.SeesAll ? "*" : "=" + tenant.Id;

    /// <summary>
    /// What tells callers apart whose creates must not be taken for each other's: tenant and key. Where the gateway knows no keys, what the request
    /// says in each place where a credential may stand, unverified, for creates only; empty where there is none. For hashing only.
    /// </summary>
    public IReadOnlyList<string> Credentials { get; init; } = [];

    /// <summary>Whether it may know which account answers: one that may choose it, or that sees everything anyway.</summary>
    public bool SeesAccounts => Tenant is not { SeesAll: false } || Rights.AllowPinning;

    /// <summary>The caller of work whose result others with the same tenant and rights may get, too.</summary>
    public Caller Shared() => Tenant is null ? Anonymous : new Caller { Tenant = Tenant, Rights = Rights };
}
