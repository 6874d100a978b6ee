using Gateway.Settings;
using Gateway.Telemetry;
using Gateway.Tests.Settings;
using Xunit;

namespace Gateway.Tests.Telemetry;

public sealed class CredentialRedactorTests
{
    private readonly CredentialRedactor _redactor = new(new SettingsSource(
        ConfigFile.Read(ConfigFile.OpenAI("\"keys\": [{ \"name\": \"k\", \"value\": \"plain-configured-secret\" }]"))));

    [Theory]
    [InlineData("upstream said plain-configured-secret is wrong", "upstream said *** is wrong")]
    [InlineData("key sk-abcdefgh12345678 refused", "key *** refused")]
    [InlineData("Authorization: Bearer abc.def", "***")]
    [InlineData("authorization=bearer%20abc", "***")]
    [InlineData("GET /v1?api_key=abc123&x=1", "***&x=1")]
    [InlineData("{\"password\": \"p4ss\"}", "***\"}")]
    [InlineData("token eyJhbGciOiJIUzI1NiJ9.e30.sig", "***")]
    public void Credential_within_a_text_is_masked(string text, string expected)
    {
        var redacted = _redactor.Redact(text);
        Assert.EndsWith(expected, redacted, StringComparison.Ordinal);
        Assert.DoesNotMatch("plain-configured-secret|sk-abc|abc|p4ss|eyJ", redacted);
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("container cntr_1 was not found", "container cntr_1 was not found")]
    [InlineData("no key found; see the page about tokens", "no key found; see the page about tokens")]
    public void Text_without_a_credential_stays_as_it_is(string? text, string expected) => Assert.Equal(expected, _redactor.Redact(text));

    [Theory]
    [InlineData("cntr_123", "cntr_123")]
    [InlineData(null, null)]
    [InlineData("sk-abc", "***")]
    [InlineData("Bearer x", "***")]
    [InlineData("AKIA1234", "***")]
    public void Id_that_begins_like_a_key_is_not_shown(string? id, string? shown) => Assert.Equal(shown, CredentialRedactor.Shown(id));

    [Theory]
    [InlineData("/v1/containers/cntr_1", "/v1/containers/cntr_1")]
    [InlineData("/v1/containers/sk-abc/files", "***")]
    public void Path_with_an_id_that_begins_like_a_key_is_not_shown(string path, string shown) =>
        Assert.Equal(shown, CredentialRedactor.ShownPath(path));

    [Fact]
    public void Redactor_announces_the_length_that_it_writes()
    {
        const string Text = "key sk-abcdefgh12345678 refused";
        var room = new char[_redactor.GetRedactedLength(Text)];
        Assert.Equal(room.Length, _redactor.Redact(Text, room));
        Assert.Equal("key *** refused", new string(room));
    }
}
