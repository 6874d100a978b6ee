using System.Net;
using System.Text.RegularExpressions;
using Xunit;

namespace Gateway.Tests.Docs;

/// <summary>
/// The page at <c>/docs</c> works where there is no network: all it needs comes from the gateway, and its policy lets nothing else in.
/// </summary>
public sealed class ReferencePageTests(DescribedGateway gateway) : IClassFixture<DescribedGateway>
{
    [Fact]
    public async Task Reference_page_loads_every_part_of_itself_from_the_gateway()
    {
        var (address, html) = await OpenAsync();
        Assert.DoesNotMatch(@"(?i)cdn\.|jsdelivr|unpkg|fonts\.", html);
        var parts = Regex.Matches(html, """(?:src|href)=["']([^"']+)["']""").Select(match => match.Groups[1].Value).ToList();
        Assert.Contains(parts, part => part.Contains("scalar", StringComparison.Ordinal));
        foreach (var part in parts)
        {
            var uri = new Uri(address, part);
            Assert.Equal(address.Authority, uri.Authority);
            using var answer = await gateway.Client.GetAsync(uri);
            Assert.True(answer.IsSuccessStatusCode, $"{part}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task Reference_page_shows_the_api_description_of_this_gateway()
    {
        var (_, html) = await OpenAsync();
        Assert.Contains("openapi/v1.json", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reference_page_lets_only_its_own_scripts_run()
    {
        var (address, html) = await OpenAsync();
        using var answer = await gateway.Client.GetAsync(address);
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        var nonce = Regex.Match(policy, "'nonce-([^']+)'").Groups[1].Value;
        Assert.NotEmpty(nonce);
        Assert.DoesNotContain(nonce, html, StringComparison.Ordinal);
        Assert.All(Regex.Matches(await answer.Content.ReadAsStringAsync(), "<script[^>]*>"), script =>
            Assert.Contains($"nonce=\"{nonce}\"", script.Value, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reference_page_is_not_served_by_the_admin_listener()
    {
        using var answer = await gateway.Client.GetAsync(new Uri(gateway.AdminUrl + "/docs"));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private async Task<(Uri Address, string Html)> OpenAsync()
    {
        var address = new Uri(gateway.Client.BaseAddress!, "/docs");
        var answer = await gateway.Client.GetAsync(address);
        for (var redirects = 0; answer.Headers.Location is { } location && redirects < 3; redirects++)
        {
            address = new Uri(address, location);
            answer = await gateway.Client.GetAsync(address);
        }

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (address, await answer.Content.ReadAsStringAsync());
    }
}
