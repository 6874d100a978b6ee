using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Gateway.Limits;
using Gateway.Pipeline;
using Gateway.Settings;
using Microsoft.AspNetCore.Authentication;

namespace Gateway.Access;

/// <summary>A caller as requests need it, made once for each configuration and not for each request.</summary>
internal sealed class KnownCaller
{
    private readonly Lazy<GatewaySettings> _seen;

    public KnownCaller(Caller caller, string name, GatewaySettings settings)
    {
        Directives = new CallDirectives { Caller = caller };
        _seen = new Lazy<GatewaySettings>(() => settings.SeenWith(caller.Rights));
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], AccessSetup.KeyScheme);
        Success = AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), AccessSetup.KeyScheme));
    }

    /// <summary>What its requests say by being its.</summary>
    public CallDirectives Directives { get; }

    /// <summary>Its view of the configuration.</summary>
    public GatewaySettings Seen => _seen.Value;

    /// <summary>What authentication says of it.</summary>
    public AuthenticateResult Success { get; }
}

/// <summary>The callers of a configuration by the hashes of their keys.</summary>
internal sealed class KnownCallers
{
    private static readonly ConditionalWeakTable<GatewaySettings, KnownCallers> s_known = [];

    private readonly FrozenDictionary<KeyDigest, KnownCaller> _byDigest;
    private readonly Lazy<GatewaySettings> _seenByTokens;

    private KnownCallers(GatewaySettings settings)
    {
        _byDigest = settings.Access.Keys.Where(key => key.Digest is not null)
            .ToFrozenDictionary(key => key.Digest!.Value, key => new KnownCaller(CallerOf(key), key.Name, settings));
        Anonymous = new KnownCaller(
            new Caller { Tenant = AccessSettings.AnonymousTenant, Rights = new ClientRights(), Credentials = [AccessSettings.AnonymousTenant.Id] },
            AccessSettings.AnonymousTenant.Id, settings);
        _seenByTokens = new Lazy<GatewaySettings>(() => settings.Access.Jwt is { } jwt ? settings.SeenWith(jwt.Rights) : settings);
    }

    /// <summary>What those see that an identity provider vouches for.</summary>
    public GatewaySettings SeenByTokens => _seenByTokens.Value;

    /// <summary>Whoever presents no key where none is asked for.</summary>
    public KnownCaller Anonymous { get; }

    /// <summary>The callers of a configuration.</summary>
    public static KnownCallers Of(GatewaySettings settings) => s_known.GetValue(settings, static settings => new KnownCallers(settings));

    /// <summary>Whose key this is, or null.</summary>
    public KnownCaller? Find(ReadOnlySpan<char> key) => KeyDigest.Of(key) is { } digest ? _byDigest.GetValueOrDefault(digest) : null;

    /// <summary>A caller with this key.</summary>
    public static Caller CallerOf(ClientKey key) => new()
    {
        Tenant = key.Tenant, Rights = key.Rights, Key = key, Limits = CallerLimits.Of(key), Credentials = [key.Tenant.Id, key.Id],
    };
}
