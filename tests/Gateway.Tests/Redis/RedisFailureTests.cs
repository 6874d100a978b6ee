using System.Net.Sockets;
using Gateway.Redis;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Tests.Redis;

#pragma warning disable CS0618 // What the library throws is made without the details that it has.
public sealed class RedisFailureTests
{
    private static readonly Exception s_handshake = new RedisConnectionException(
        ConnectionFailureType.UnableToConnect, "no connection", new AggregateException(
            new SocketException((int)SocketError.ConnectionReset),
            new RedisConnectionException(ConnectionFailureType.AuthenticationFailure, "AuthenticationFailure on 10.0.0.1:6379")));

    [Theory]
    [InlineData(null, "a password is needed")]
    [InlineData("given", "the user or password is wrong")]
    public void Refused_handshake_is_told_by_whether_a_password_was_given(string? password, string reason)
    {
        var options = new ConfigurationOptions { Password = password };
        Assert.Equal(reason, RedisFailure.Cause(s_handshake, options));
        Assert.Equal(reason, RedisFailure.Reason(s_handshake, options));
        Assert.Equal(reason, RedisFailure.Reason(new RedisServerException("NOAUTH Authentication required."), options));
    }

    [Fact]
    public void End_of_a_connection_is_a_reason_and_no_cause()
    {
        var reset = new RedisConnectionException(
            ConnectionFailureType.SocketFailure, "gone", new IOException("", new SocketException((int)SocketError.ConnectionReset)));
        Assert.Null(RedisFailure.Cause(reset, new ConfigurationOptions()));
        Assert.Equal("ConnectionReset", RedisFailure.Reason(reset, new ConfigurationOptions()));
    }
}
