using Xunit;

namespace Gateway.Tests.Settings;

public sealed class ListenersTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8080")]
    [InlineData("http://0.0.0.0:8080", "http://127.0.0.1:8080")]
    [InlineData("http://127.0.0.1:8080", "http://*:8080")]
    [InlineData("http://[::]:8080", "http://10.0.0.1:8080")]
    [InlineData("http://localhost:8080", "http://127.0.0.1:8080")]
    [InlineData("http://localhost:8080", "http://[::1]:8080")]
    [InlineData("http://+:8080", "http://127.0.0.1:8080")]
    [InlineData("http://10.0.0.1:1;http://10.0.0.2:8080", "http://10.0.0.2:2;http://10.0.0.2:8080")]
    [InlineData("http://unix:/run/g.sock", "http://unix:/run/g.sock")]
    public void The_admin_listener_cannot_share_a_port_with_the_public_one(string urls, string adminUrls)
    {
        var problem = Assert.Single(ConfigFile.Refused(Json(urls, adminUrls)));
        Assert.Contains("$.server.admin_urls: ", problem);
        Assert.EndsWith("listen on the same port; the admin listener needs one of its own", problem);
    }

    [Theory]
    [InlineData("http://127.0.0.1:0", "http://127.0.0.1:0")]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.2:8080")]
    [InlineData("http://localhost:8080", "http://10.0.0.1:8080")]
    [InlineData("http://+:8080", "http://localhost:8081")]
    [InlineData("http://unix:/run/g.sock;http://+:80", "http://unix:/run/a.sock")]
    public void Listeners_that_do_not_meet_are_accepted(string urls, string adminUrls) =>
        Assert.Equal(adminUrls, Assert.Single(ConfigFile.Read(Json(urls, adminUrls)).Server.AdminUrls));

    [Theory]
    [InlineData("127.0.0.1:8080", "is not a URL to listen on, such as http://127.0.0.1:8080")]
    [InlineData("ftp://127.0.0.1:1", "must be an http or https URL")]
    [InlineData("http://127.0.0.1:70000", "has a port beyond 65535")]
    [InlineData("http://127.0.0.1:1/base", "must not have a path")]
    [InlineData(" ; ", "must name at least one URL")]
    [InlineData("http://10.0.0.1:1;http://*:1", "listen on the same port")]
    public void A_url_that_cannot_be_listened_on_is_refused(string urls, string reason)
    {
        var problem = Assert.Single(ConfigFile.Refused(Json(urls, "http://127.0.0.1:8081")));
        Assert.Contains("$.server.urls: ", problem);
        Assert.EndsWith(reason, problem);
    }

    /// <summary>Kestrel would listen on every interface for it, the admin listener to everybody.</summary>
    [Theory]
    [InlineData("http://gateway.internal:8081")]
    [InlineData("http://localhost.:8081")]
    [InlineData("http://127.0.0.l:8081")]
    public void A_host_name_is_no_place_to_listen(string url)
    {
        foreach (var (json, member) in new[] { (Json(url, "http://127.0.0.1:1"), "urls"), (Json("http://127.0.0.1:1", url), "admin_urls") })
        {
            var problem = Assert.Single(ConfigFile.Refused(json));
            Assert.Contains($"$.server.{member}: ", problem);
            Assert.Contains("must name an address, localhost, or * for every interface", problem);
        }

        Assert.StartsWith(
            "GATEWAY_ADMIN_URLS: ", Assert.Single(ConfigFile.Refused(Json("http://127.0.0.1:1", "http://127.0.0.1:2"), ("GATEWAY_ADMIN_URLS", url))));
    }

    [Fact]
    public void GATEWAY_DRAIN_DELAY_SECONDS_replaces_what_the_file_says()
    {
        var json = ConfigFile.With("\"server\": { \"drain_delay_seconds\": 7 }");
        Assert.Equal(TimeSpan.FromSeconds(7), ConfigFile.Read(json).Server.DrainDelay);
        Assert.Equal(TimeSpan.FromSeconds(5), ConfigFile.Read(json, ("GATEWAY_DRAIN_DELAY_SECONDS", "5")).Server.DrainDelay);
        foreach (var wrong in new[] { "-1", "301", "soon", "1.5" })
        {
            Assert.Equal(
                "GATEWAY_DRAIN_DELAY_SECONDS: must be 0 to 300 seconds",
                Assert.Single(ConfigFile.Refused(json, ("GATEWAY_DRAIN_DELAY_SECONDS", wrong))));
        }
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData("gateway.example", true)]
    [InlineData("*.gateway.example", true)]
    [InlineData("[fd00::1]", true)]
    [InlineData("gateway.example:8080", false)]
    [InlineData("http://gateway.example", false)]
    [InlineData("a.*.example", false)]
    [InlineData("", false)]
    public void Allowed_hosts_are_names_without_scheme_and_port(string host, bool accepted)
    {
        var json = ConfigFile.With($"\"server\": {{ \"allowed_hosts\": [ \"{host}\" ] }}");
        if (accepted)
        {
            Assert.Equal([host], ConfigFile.Read(json).Server.AllowedHosts);
        }
        else
        {
            Assert.Contains("$.server.allowed_hosts[0]: ", Assert.Single(ConfigFile.Refused(json)));
        }
    }

    [Fact]
    public void ASPNETCORE_URLS_replaces_the_public_listener()
    {
        var settings = ConfigFile.Read(Json("http://10.0.0.1:1", "http://127.0.0.1:8081"), ("ASPNETCORE_URLS", "http://+:9090; http://+:9091"));
        Assert.Equal(["http://+:9090", "http://+:9091"], settings.Server.Urls);
        Assert.Equal(
            "ASPNETCORE_URLS: \"ftp://+:1\" must be an http or https URL",
            Assert.Single(ConfigFile.Refused(Json("http://10.0.0.1:1", "http://127.0.0.1:8081"), ("ASPNETCORE_URLS", "ftp://+:1"))));
    }

    [Fact]
    public void GATEWAY_ADMIN_URLS_and_GATEWAY_DATA_DIRECTORY_replace_what_the_file_says()
    {
        var settings = ConfigFile.Read(
            Json("http://10.0.0.1:1", "http://127.0.0.1:8081"), ("GATEWAY_ADMIN_URLS", "http://+:9091"), ("GATEWAY_DATA_DIRECTORY", "/data"));
        Assert.Equal(["http://+:9091"], settings.Server.AdminUrls);
        Assert.Equal("/data", settings.DataDirectory);
        Assert.Equal(
            "GATEWAY_ADMIN_URLS: http://+:1 and http://10.0.0.1:1 listen on the same port; the admin listener needs one of its own",
            Assert.Single(ConfigFile.Refused(Json("http://10.0.0.1:1", "http://127.0.0.1:8081"), ("GATEWAY_ADMIN_URLS", "http://+:1"))));
    }

    private static string Json(string urls, string adminUrls) =>
        ConfigFile.With($$"""
            "client": { "allow_anonymous": true }, "server": { "urls": "{{urls}}", "admin_urls": "{{adminUrls}}" }
            """);
}
