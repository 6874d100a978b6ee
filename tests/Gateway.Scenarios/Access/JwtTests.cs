using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gateway.Fakes;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Xunit;
using static Gateway.Scenarios.Access.AccessWorld;

namespace Gateway.Scenarios.Access;

/// <summary>
/// Service accounts and people come with tokens of an identity provider; only tokens that it signed, for this gateway, in time, are taken.
/// </summary>
public sealed class JwtTests : IAsyncLifetime
{
    private readonly RsaSecurityKey _rsa = new(RSA.Create(2048)) { KeyId = "rsa-1" };
    private readonly ECDsaSecurityKey _ec = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "ec-1" };
    private volatile List<SecurityKey> _published = [];
    private volatile bool _isAway;
    private FakeServer _provider = null!;
    private AccessWorld _world = null!;

    public async ValueTask InitializeAsync()
    {
        _published = [_rsa, _ec];
        _provider = await FakeServer.StartAsync(AnswerAsync);
        _world = await AccessWorld.StartAsync(Local(Key("ann", Ann), $$"""
            "client": { "jwt": { "authority": "{{_provider.Url}}", "audience": "gateway", "tenant_claim": "team",
                                 "required_claims": { "scope": "containers" }, "provider_configs": [ { "provider": "local" } ] } },
            """));
    }

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("PS256")]
    [InlineData("ES256")]
    public async Task Token_of_the_identity_provider_lets_its_bearer_in(string algorithm)
    {
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(Token(algorithm)));
        Assert.Equal(HttpStatusCode.OK, await _world.StatusAsync(("x-api-key", Token(algorithm))));
        Assert.Equal(HttpStatusCode.OK, await _world.StatusAsync(("Authorization", $"Bearer {Ann}")));
    }

    [Theory]
    [InlineData("other audience")]
    [InlineData("other issuer")]
    [InlineData("expired")]
    [InlineData("not yet")]
    [InlineData("without an end")]
    [InlineData("without a tenant")]
    [InlineData("without the scope")]
    [InlineData("two tenants")]
    [InlineData("signed by another")]
    [InlineData("changed")]
    [InlineData("unsigned")]
    [InlineData("symmetric with the public key")]
    [InlineData("cut short")]
    public async Task Token_that_proves_less_is_refused(string what)
    {
        using var answer = await _world.ListAsync("/v1", ("Authorization", $"Bearer {Bad(what)}"));
        await ApiCalls.ErrorAsync(Task.FromResult(answer), 401, "invalid_token");
        Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
        await ApiCalls.ErrorAsync(_world.ListAsync("/openai/v1", ("Authorization", $"Bearer {Bad(what)}")), 401, "invalid_api_key");
    }

    [Fact]
    public async Task Identity_provider_that_is_away_is_told_as_such_and_known_keys_go_on()
    {
        _isAway = true;
        await ApiCalls.ErrorAsync(_world.ListAsync("/v1", ("Authorization", $"Bearer {Token()}")), 503, "identity_provider_unavailable");
        Assert.Equal(HttpStatusCode.OK, await _world.StatusAsync(("Authorization", $"Bearer {Ann}")));
        _isAway = false;
        await Until.TrueAsync(async () => await StatusAsync(Token()) == HttpStatusCode.OK, "the identity provider is not asked again");

        // What it has said once is kept.
        _isAway = true;
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(Token("ES256")));
    }

    [Fact]
    public async Task Key_that_the_identity_provider_has_changed_to_is_learned()
    {
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(Token()));
        var next = new RsaSecurityKey(RSA.Create(2048)) { KeyId = "rsa-2" };
        _published = [next];
        await Until.TrueAsync(async () => await StatusAsync(Token(signing: new(next, "RS256"))) == HttpStatusCode.OK, "the new key is not learned");
    }

    [Fact]
    public async Task Bearer_of_a_token_has_the_rights_of_the_section_and_no_more()
    {
        await ApiCalls.ErrorAsync(
            _world.ListAsync("/v1", ("Authorization", $"Bearer {Token()}"), ("x-bf-provider", "openai")), 403, "provider_blocked");
        await ApiCalls.ErrorAsync(
            _world.ListAsync("/v1", ("Authorization", $"Bearer {Token()}"), ("x-bf-api-key", "main")), 403, "pinning_not_allowed");
    }

    private Task<HttpStatusCode> StatusAsync(string token) => _world.StatusAsync(("Authorization", $"Bearer {token}"));

    private string Bad(string what) => what switch
    {
        "other audience" => Token(change: token => token.Audience = "elsewhere"),
        "other issuer" => Token(change: token => token.Issuer = "https://elsewhere.example"),
        "expired" => Token(change: token => (token.NotBefore, token.Expires) = (DateTime.UtcNow.AddHours(-2), DateTime.UtcNow.AddHours(-1))),
        "not yet" => Token(change: token => (token.NotBefore, token.Expires) = (DateTime.UtcNow.AddHours(1), DateTime.UtcNow.AddHours(2))),
        "without an end" => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            $$"""{"iss":"{{_provider.Url}}","aud":"gateway","team":"a","scope":"containers"}""", new SigningCredentials(_rsa, "RS256")),
        "without a tenant" => Token(change: token => token.Claims.Remove("team")),
        "without the scope" => Token(change: token => token.Claims["scope"] = "files"),
        "two tenants" => Token(change: token => token.Claims["team"] = new[] { "a", "b" }),
        "signed by another" => Token(signing: new(new RsaSecurityKey(RSA.Create(2048)) { KeyId = "rsa-1" }, "RS256")),
        "changed" => Changed(Token()),
        "unsigned" => $"{Encoded("""{"alg":"none","typ":"JWT"}""")}.{Token().Split('.')[1]}.",
        "symmetric with the public key" => Token(signing: new(
            new SymmetricSecurityKey(Encoding.UTF8.GetBytes(_rsa.Rsa.ExportSubjectPublicKeyInfoPem())) { KeyId = "rsa-1" }, "HS256")),
        _ => Token()[..^8],
    };

    private static string Changed(string token)
    {
        var parts = token.Split('.');
        var claims = Encoding.UTF8.GetString(Base64UrlEncoder.DecodeBytes(parts[1])).Replace("research", "resourse", StringComparison.Ordinal);
        return $"{parts[0]}.{Encoded(claims)}.{parts[2]}";
    }

    private static string Encoded(string json) => Base64UrlEncoder.Encode(json);

    private string Token(string algorithm = "RS256", SigningCredentials? signing = null, Action<SecurityTokenDescriptor>? change = null)
    {
        var token = new SecurityTokenDescriptor
        {
            Issuer = _provider.Url,
            Audience = "gateway",
            Expires = DateTime.UtcNow.AddMinutes(5),
            Claims = new Dictionary<string, object> { ["sub"] = "alice", ["team"] = "research", ["scope"] = "containers" },
            SigningCredentials = signing ?? new SigningCredentials(algorithm == "ES256" ? _ec : _rsa, algorithm),
        };
        change?.Invoke(token);
        return new JsonWebTokenHandler().CreateToken(token);
    }

    private async Task AnswerAsync(HttpContext http)
    {
        http.Response.StatusCode = _isAway ? 500 : 200;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(http.Request.Path.Value switch
        {
            _ when _isAway => "away",
            "/.well-known/openid-configuration" => $$"""{"issuer":"{{_provider.Url}}","jwks_uri":"{{_provider.Url}}/keys"}""",
            _ => $$"""{"keys":[{{string.Join(',', _published.Select(Published))}}]}""",
        });
    }

    private static string Published(SecurityKey key)
    {
        if (key is RsaSecurityKey rsa)
        {
            var numbers = rsa.Rsa.ExportParameters(includePrivateParameters: false);
            return $$"""{"kty":"RSA","use":"sig","kid":"{{key.KeyId}}","n":"{{Base64UrlEncoder.Encode(numbers.Modulus)}}","e":"AQAB"}""";
        }

        var point = ((ECDsaSecurityKey)key).ECDsa.ExportParameters(includePrivateParameters: false).Q;
        var (x, y) = (Base64UrlEncoder.Encode(point.X), Base64UrlEncoder.Encode(point.Y));
        return $$"""{"kty":"EC","use":"sig","crv":"P-256","kid":"{{key.KeyId}}","x":"{{x}}","y":"{{y}}"}""";
    }
}
