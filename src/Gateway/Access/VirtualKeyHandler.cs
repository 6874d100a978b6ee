using System.Text.Encodings.Web;
using Gateway.Api;
using Gateway.Providers.Contract;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Gateway.Access;

/// <summary>
/// Authenticates by client key. A request that is refused is answered before its body is read and before anybody upstream is asked.
/// </summary>
internal sealed class VirtualKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, TimeProvider time)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private static readonly AuthenticateResult s_refused = AuthenticateResult.Fail("refused");

    private GatewayError? _refusal;

    /// <summary>The error for a request that authentication cannot tell anything about.</summary>
    private bool IsDropIn => Context.GetEndpoint()?.Metadata.GetMetadata<ApiSurface>()?.IsDropIn == true;

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var exchange = Context.Exchange();
        var callers = KnownCallers.Of(exchange.Settings);
        _refusal = Decide(callers, exchange.Settings.Access.IsEnforced, out var caller);
        if (caller is null)
        {
            return Task.FromResult(s_refused);
        }

        exchange.Admit(caller.Directives, caller.Seen);
        return Task.FromResult(caller.Success);
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
        ErrorWriter.WriteAsync(Context, _refusal ?? AccessErrors.Required(IsDropIn));

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => HandleChallengeAsync(properties);

    private GatewayError? Decide(KnownCallers callers, bool isEnforced, out KnownCaller? caller)
    {
        caller = null;
        if (PresentedKey.Read(Request.Headers, out var key) is { } contradiction)
        {
            return contradiction;
        }

        if (key.IsEmpty)
        {
            caller = isEnforced ? null : callers.Anonymous;
            return isEnforced ? AccessErrors.Required(IsDropIn) : null;
        }

        if (callers.Find(key) is not { Directives.Caller.Key: { } known } found)
        {
            // SDKs do not start without a key; where none is asked for, theirs may be anything that does not claim to be one of ours.
            var mayBeAnything = !isEnforced && !key.StartsWith(Settings.KeyDigest.Prefix, StringComparison.OrdinalIgnoreCase);
            caller = mayBeAnything ? callers.Anonymous : null;
            return mayBeAnything ? null : AccessErrors.NotFound(IsDropIn);
        }

        Context.Exchange().ClientKey = known;
        if (!known.IsActive)
        {
            return AccessErrors.Inactive();
        }

        if (known.ExpiresAt <= time.GetUtcNow())
        {
            return AccessErrors.Expired(IsDropIn);
        }

        caller = found;
        return null;
    }
}
