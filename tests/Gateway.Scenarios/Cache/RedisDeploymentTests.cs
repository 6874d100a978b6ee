using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Gateway.Fakes;
using Xunit;
using static Gateway.Scenarios.Cache.CacheWorld;

namespace Gateway.Scenarios.Cache;

/// <summary>
/// Redis as people run it: with credentials, behind TLS, as a cluster, under Sentinel. Two gateway processes share ledger and cache through it.
/// </summary>
public sealed class RedisDeploymentTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("deployments-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("options")]
    [InlineData("url")]
    public async Task Redis_with_a_password_shares_the_cache(string form)
    {
        await using var redis = await RedisServer.StartAsync("p@ss word/%41");
        await SharedAsync(form == "url" ? redis.Url : redis.ConnectionString, redis);
    }

    [Fact]
    public async Task Redis_with_a_user_of_its_own_shares_the_cache()
    {
        await using var redis = await RedisServer.StartAsync(null, "--user", "gateway", "on", ">secret", "~gateway:*", "+@all");
        await SharedAsync($"redis://gateway:secret@127.0.0.1:{redis.Port}", redis);
        await SharedAsync($"127.0.0.1:{redis.Port},user=gateway,password=secret", redis);
    }

    [Fact]
    public async Task Redis_behind_tls_shares_the_cache()
    {
        var (certificate, key) = Certificate();
        var port = Port();
        await using var redis = await RedisServer.StartAsync(
            null, "--tls-port", port, "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate, "--tls-auth-clients",
            "no");
        await SharedAsync($"rediss://127.0.0.1:{port}", redis, ("SSL_CERT_FILE", certificate));
        await SharedAsync($"localhost:{port},ssl=true,sslHost=localhost", redis, ("SSL_CERT_FILE", certificate));
    }

    [Fact]
    public async Task Redis_as_a_cluster_shares_the_cache()
    {
        await using var redis = await RedisServer.StartAsync(null, "--cluster-enabled", "yes", "--cluster-port", Port());
        Assert.Equal("+OK", await redis.CommandAsync("CLUSTER ADDSLOTSRANGE 0 16383"));
        await Until.TrueAsync(
            async () => await redis.CommandAsync("SET probe 1") == "+OK", "The cluster did not come up.");
        await SharedAsync(redis.ConnectionString, redis);
    }

    [Fact]
    public async Task Redis_under_sentinel_shares_the_cache_through_a_failover()
    {
        await using var primary = await RedisServer.StartAsync();
        await using var replica = await RedisServer.StartAsync(null, "--replicaof", $"127.0.0.1 {primary.Port}");
        await using var sentinel = await RedisSentinel.StartAsync(primary);
        await Until.TrueAsync(sentinel.KnowsReplicaAsync, "Sentinel does not see the replica.");
        await SharedAsync(sentinel.ConnectionString, primary, afterwards: async (one, two) =>
        {
            await primary.KillAsync();
            await Until.TrueAsync(
                async () =>
                {
                    // Nothing is lost or old in the meantime, and in the end the cache is back on the new primary.
                    var created = await one.CreateAsync();
                    Assert.Contains(created, Ids(await ListAsync(two)));
                    return IsHit(await ListAsync(two)) && IsHit(await ListAsync(one));
                },
                "The failover was not followed.");
            Assert.NotEqual(":0", await replica.CommandAsync("DBSIZE"));
        });
    }

    private static string Port() => Ports.Free().ToString(CultureInfo.InvariantCulture);

    private static async Task<JsonObject> ListAsync(HttpClient http) =>
        JsonNode.Parse(await http.GetStringAsync("/v1/containers", Token))!.AsObject();

    private async Task SharedAsync(string address, RedisServer redis, params (string Name, string Value)[] environment) =>
        await SharedAsync(address, redis, (_, _) => Task.CompletedTask, environment);

    private async Task SharedAsync(
        string address, RedisServer redis, Func<HttpClient, HttpClient, Task> afterwards, params (string Name, string Value)[] environment)
    {
        await using var upstream = await FakeOpenAI.StartAsync("sk-a", "sk-b");
        var start = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        upstream.CreatedAt = order => start + (order / 1000);
        var config = $$"""
            {
              "server": { "urls": "http://127.0.0.1:0", "admin_urls": "http://127.0.0.1:0" },
              "default_provider": "openai", "drop_in_provider": "openai",
              "providers": { "openai": {
                "keys": [ { "name": "a", "value": "env.A", "weight": 1 }, { "name": "b", "value": "env.B", "weight": 1 } ],
                "network_config": { "base_url": "{{upstream.Url}}" } } },
              "cache": { "redis": "env.REDIS_URL", "redis_timeout_ms": 5000 }
            }
            """;
        (string, string)[] variables = [("A", "sk-a"), ("B", "sk-b"), ("REDIS_URL", address), .. environment];
        await using var first = await GatewayProcess.StartAsync(
            _directory.CreateSubdirectory(Guid.NewGuid().ToString("N")).FullName, config, variables);
        await using var second = await GatewayProcess.StartAsync(
            _directory.CreateSubdirectory(Guid.NewGuid().ToString("N")).FullName, config, variables);
        using var one = new HttpClient { BaseAddress = new Uri(first.Url) };
        using var two = new HttpClient { BaseAddress = new Uri(second.Url) };

        var container = await one.CreateAsync();
        await Until.TrueAsync(
            async () => IsHit(await ListAsync(one)) && IsHit(await ListAsync(two)), "Nothing is cached.");
        var other = await two.CreateAsync();
        Assert.Contains(other, Ids(await ListAsync(one)));
        Assert.Contains(container, Ids(await ListAsync(two)));
        await Until.TrueAsync(
            async () => await redis.CommandAsync("DBSIZE") is [':', not '0', ..] or [':', _, _, ..] or ['-', ..], "Redis holds nothing.");
        await afterwards(one, two);
    }

    /// <summary>A certificate for this machine, which is its own authority.</summary>
    private (string Certificate, string Key) Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var path = System.IO.Path.Combine(_directory.FullName, "certificate.pem");
        var keyPath = System.IO.Path.Combine(_directory.FullName, "key.pem");
        File.WriteAllText(path, certificate.ExportCertificatePem());
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
        return (path, keyPath);
    }
}
