using System.Net;
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
    public void Urls_and_native_strings_are_read(string text, string host, int port, string? user, string? password, bool tls, int? database)
    {
        var options = RedisAddress.Parse(new Secret(text), s_timeout);
        Assert.Equal(new DnsEndPoint(host, port), Assert.Single(options.EndPoints));
        Assert.Equal((user, password, tls, database), (options.User, options.Password, options.Ssl, options.DefaultDatabase));
    }

    [Fact]
    public void Cluster_and_sentinel_strings_keep_their_meaning()
    {
        var options = RedisAddress.Parse(new Secret("one:26379,two:26379,serviceName=primary,connectTimeout=9000,asyncTimeout=100,abortConnect=true"), s_timeout);
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
    [InlineData("redis://:hunter2@cache/x")]
    [InlineData("redis://:hunter2@cache:port")]
    [InlineData("http://:hunter2@cache")]
    [InlineData("redis://:hunter2@cache?tls=hunter2")]
    [InlineData("cache,pasword=hunter2")]
    [InlineData("cache,ssl=hunter2")]
    [InlineData("password=hunter2")]
    public void What_cannot_be_read_is_refused_without_being_shown(string text)
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => RedisAddress.Parse(new Secret(text), s_timeout));
        Assert.DoesNotContain("hunter2", refusal.ToString(), StringComparison.Ordinal);
    }
}
