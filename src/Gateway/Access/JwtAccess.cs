using Gateway.Api;
using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Tokens;

namespace Gateway.Access;

/// <summary>
/// Authenticates by access token (RFC 9068): signed by a key of the identity provider, made for this gateway, in time. Only signatures that
/// nobody can make who can check them: with a symmetric algorithm the published key would be the signing key (RFC 8725 §3.1).
/// </summary>
internal sealed class JwtAccess(JwtSettings jwt, IdentityProvider provider)
{
    private static readonly string[] s_algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    /// <summary>Clocks of machines that are kept in time differ by less.</summary>
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromSeconds(30);

    /// <summary>A Base64 <c>{"</c>, with which every token begins, in three parts (RFC 7515 §3.1).</summary>
    public static bool IsToken(ReadOnlySpan<char> key) => key.StartsWith("eyJ", StringComparison.Ordinal) && key.Count('.') == 2;

    public void Configure(JwtBearerOptions options)
    {
        options.Authority = jwt.Authority;

        // The reader lets http through on loopback only.
        options.RequireHttpsMetadata = false;
        options.BackchannelTimeout = IdentityProvider.Patience;
        options.RefreshInterval = TimeSpan.FromSeconds(30);
        options.MapInboundClaims = false;
        options.SaveToken = false;
        options.TokenValidationParameters = new TokenValidationParameters
        {
            ValidAlgorithms = s_algorithms,
            ValidAudience = jwt.Audience,
            ValidIssuer = jwt.Issuer,
            ClockSkew = s_clockSkew,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            NameClaimType = jwt.TenantClaim,
        };
        options.Events = new JwtBearerEvents
        {
            OnMessageReceived = BeginAsync,
            OnTokenValidated = AdmitAsync,
            OnChallenge = RefuseAsync,
            OnForbidden = context => ErrorWriter.WriteAsync(context.HttpContext, AccessErrors.TokenInvalid(IsDropIn(context.HttpContext))),
        };
    }

    private static bool IsDropIn(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<ApiSurface>()?.IsDropIn == true;

    private async Task BeginAsync(MessageReceivedContext context)
    {
        PresentedKey.Read(context.Request.Headers, out var key);
        context.Token = key.ToString();
        if (!await provider.IsKnownAsync(context.Options.ConfigurationManager!))
        {
            context.HttpContext.Features.Set(new Refusal(AccessErrors.IdentityProviderUnavailable()));
            context.Fail("away");
        }
    }

    private Task AdmitAsync(TokenValidatedContext context)
    {
        var claims = context.Principal!.Claims.ToLookup(claim => claim.Type, claim => claim.Value);
        if (claims[jwt.TenantClaim].Distinct().ToList() is not [{ Length: > 0 and <= 190 } name] || name.Any(c => c is < ' ' or > '~')
            || !jwt.RequiredClaims.All(required => claims[required.Key].Contains(required.Value, StringComparer.Ordinal)))
        {
            context.Fail("refused");
            return Task.CompletedTask;
        }

        var exchange = context.HttpContext.Exchange();
        var tenant = new Tenant($"jwt:{name}", jwt.SeesAll);
        var caller = new Caller
        {
            Tenant = tenant, Rights = jwt.Rights, Credentials = [tenant.Id, claims["sub"].FirstOrDefault() ?? ""],
        };
        exchange.Admit(new CallDirectives { Caller = caller }, KnownCallers.Of(exchange.Settings).SeenByTokens);
        return Task.CompletedTask;
    }

    private static Task RefuseAsync(JwtBearerChallengeContext context)
    {
        context.HandleResponse();
        var refusal = context.HttpContext.Features.Get<Refusal>()?.Error ?? AccessErrors.TokenInvalid(IsDropIn(context.HttpContext));
        return ErrorWriter.WriteAsync(context.HttpContext, refusal);
    }

    private sealed record Refusal(GatewayError Error);
}
