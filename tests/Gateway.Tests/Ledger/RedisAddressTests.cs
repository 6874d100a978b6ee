using System.Net;
using System.Net.Security;
using System.Reflection;
using Gateway.Providers.Contract;
using Gateway.Redis;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Tests.Ledger;

/// <summary>Connection strings as people write them.</summary>
public sealed class RedisAddressTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(250);

    [Theory]
    [InlineData("redis://cache", "cache", 6379, null, null, false, null)]
    [InlineData("redis://cache:7000/3", "cache", 7000, null, null, false, 3)]
    [InlineData("redis://:p%40ss@cache", "cache", 6379, null, "p@ss", false, null)]
    [InlineData("redis://secret@cache", "cache", 6379, null, "secret", false, null)]
    [InlineData("rediss://us%3Aer:p:w@cache:6380/0", "cache", 6380, "us:er", "p:w", true, 0)]
    [InlineData("cache:6380,user=u,password=p,ssl=true,defaultDatabase=2", "cache", 6380, "u", "p", true, 2)]
    public void Urls_and_native_strings_of_redis_are_read(string text, string host, int port, string? user, string? password, bool tls, int? database)
    {
        var options = RedisAddress.Parse(new Secret(text), s_timeout);
        Assert.Equal(new DnsEndPoint(host, port), Assert.Single(options.EndPoints));
        Assert.Equal((user, password, tls, database), (options.User, options.Password, options.Ssl, options.DefaultDatabase));
    }

    [Fact]
    public void Connection_strings_of_clusters_and_sentinels_keep_their_meaning()
    {
        var options = RedisAddress.Parse(
            new Secret("one:26379,two:26379,serviceName=primary,connectTimeout=9000,asyncTimeout=100,abortConnect=true"), s_timeout);
        Assert.Equal(2, options.EndPoints.Count);
        Assert.Equal("primary", options.ServiceName);
        Assert.Equal((500, 100, false), (options.ConnectTimeout, options.AsyncTimeout, options.AbortOnConnectFail));
        Assert.Same(BacklogPolicy.FailFast, options.BacklogPolicy);
    }

    [Theory]
    [InlineData("cache", 250, 500)]
    [InlineData("cache", 10, 500)]
    [InlineData("cache", 2000, 4000)]
    [InlineData("cache", 5000, 5000)]
    [InlineData("cache,connectTimeout=300,syncTimeout=300,asyncTimeout=300", 5000, 300)]
    public void The_client_library_gives_up_no_earlier_than_the_gateway_unless_told_so(string text, int timeoutMs, int expectedMs)
    {
        var options = RedisAddress.Parse(new Secret(text), TimeSpan.FromMilliseconds(timeoutMs));
        Assert.Equal((expectedMs, expectedMs, expectedMs), (options.ConnectTimeout, options.SyncTimeout, options.AsyncTimeout));
    }

    [Theory]
    [InlineData("redis://cache/1?ssl_cert_reqs=none", "cache:6379", null, null, false, 1, null)]
    [InlineData("rediss://:p@cache:6380?ssl_cert_reqs=CERT_NONE&db=2", "cache:6380", null, "p", true, 2, null)]
    [InlineData("redis://u:p@a:1,b:2,[::1]:3?client_name=x&socket_timeout=5", "a:1 b:2 [::1]:3", "u", "p", false, null, null)]
    [InlineData("unix:///run/redis.sock?db=3", "/run/redis.sock", null, null, false, 3, null)]
    [InlineData("unix://u:p@/run/redis.sock", "/run/redis.sock", "u", "p", false, null, null)]
    [InlineData("redis-socket:///run/redis.sock", "/run/redis.sock", null, null, false, null, null)]
    [InlineData("/run/redis.sock,password=p", "/run/redis.sock", null, "p", false, null, null)]
    [InlineData("redis-sentinel://:p@one,two:26380/4#primary", "one:26379 two:26380", null, "p", false, 4, "primary")]
    [InlineData("redis+sentinel://:p@one:26379/primary/4", "one:26379", null, "p", false, 4, "primary")]
    [InlineData("rediss-sentinel://one?sentinelMasterId=primary", "one:26379", null, null, true, null, "primary")]
    public void Spellings_of_redis_urls_by_other_libraries_are_read(
        string text, string hosts, string? user, string? password, bool tls, int? database, string? service)
    {
        var options = RedisAddress.Parse(new Secret(text), s_timeout);
        Assert.Equal(
            hosts, string.Join(' ', options.EndPoints.Select(each => each.ToString()!.Replace("Unspecified/", "", StringComparison.Ordinal))));
        Assert.Equal(
            (user, password, tls, database, service), (options.User, options.Password, options.Ssl, options.DefaultDatabase, options.ServiceName));
    }

    [Fact]
    public void Certificate_of_redis_is_checked_unless_the_url_says_that_it_is_not()
    {
        Assert.True(Accepts("rediss://cache?ssl_cert_reqs=none", SslPolicyErrors.RemoteCertificateChainErrors));
        Assert.True(Accepts("rediss://cache?ssl_check_hostname=false", SslPolicyErrors.RemoteCertificateNameMismatch));
        Assert.False(Accepts("rediss://cache?ssl_check_hostname=false", SslPolicyErrors.RemoteCertificateChainErrors));
        Assert.Null(Validation("rediss://cache?ssl_cert_reqs=required"));

        static bool Accepts(string text, SslPolicyErrors errors) => Validation(text)!(new object(), null, null, errors);

        static RemoteCertificateValidationCallback? Validation(string text) =>
            (RemoteCertificateValidationCallback?)typeof(ConfigurationOptions).GetField(
                "CertificateValidation", BindingFlags.Instance | BindingFlags.NonPublic)!
                .GetValue(RedisAddress.Parse(new Secret(text), s_timeout));
    }

    [Theory]
    [InlineData("redis-sentinel://:hunter2@one")]
    [InlineData("redis://:hunter2@cache?ssl_cert_reqs=hunter2")]
    [InlineData("redis://:hunt#er2@cache")]
    [InlineData("unix://:hunter2@")]
    [InlineData("rediss://:hunter2@cache?ssl_ca_certs=/hunter2")]
    [InlineData("redis://:hunter2@cache/x")]
    [InlineData("redis://:hunter2@cache:port")]
    [InlineData("http://:hunter2@cache")]
    [InlineData("redis://:hunter2@cache?tls=hunter2")]
    [InlineData("cache,pasword=hunter2")]
    [InlineData("cache,ssl=hunter2")]
    [InlineData("password=hunter2")]
    public void Redis_address_that_cannot_be_read_is_refused_without_being_shown(string text)
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => RedisAddress.Parse(new Secret(text), s_timeout));
        Assert.DoesNotContain("hunter2", refusal.ToString(), StringComparison.Ordinal);
    }
}
