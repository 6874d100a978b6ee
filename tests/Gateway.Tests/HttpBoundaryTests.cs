using System.Reflection;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests;

/// <summary>A client's HTTP ends at the API: what is below it works on a parsed call, so that there is work without a client, too.</summary>
public sealed class HttpBoundaryTests
{
    private static readonly string[] s_below =
        ["Pipeline", "Lists", "Cache", "Creates", "Accounts", "Providers", "Ledger", "Redis", "Settings", "Upstream"];

    /// <summary>Those that stream: YARP's forwarder takes a request and its response, and gives them to its transformer.</summary>
    private static readonly string[] s_streaming = ["Gateway.Upstream.StreamingClient", "Gateway.Upstream.UpstreamTransformer"];

    /// <summary>In that namespace and no request: how a listener's address is read, and how a server says that a body is broken.</summary>
    private static readonly Type[] s_harmless = [typeof(BindingAddress), typeof(BadHttpRequestException)];

    [Fact]
    public void Nothing_below_the_api_sees_a_clients_http_but_the_stream_of_files() =>
        Assert.Empty(typeof(GatewayHost).Assembly.GetTypes()
            .Where(type => s_below.Any(folder => type.Namespace == "Gateway." + folder))
            .Where(type => !s_streaming.Contains(UsedTypes.Outermost(type).FullName))
            .SelectMany(type => UsedTypes.Of(type).Where(IsHttp).Select(used => $"{type.FullName}: {used}")));

    [Fact]
    public void Streaming_types_are_the_exceptions_they_are_said_to_be() =>
        Assert.All(s_streaming, name => Assert.Contains(
            typeof(GatewayHost).Assembly.GetTypes().Where(type => UsedTypes.Outermost(type).FullName == name),
            type => UsedTypes.Of(type).Any(IsHttp)));

    [Theory]
    [InlineData(typeof(Field))]
    [InlineData(typeof(Parameter))]
    [InlineData(typeof(Result))]
    [InlineData(typeof(Array))]
    [InlineData(typeof(Local))]
    [InlineData(typeof(Awaited))]
    [InlineData(typeof(Call))]
    public void Http_is_found_wherever_a_type_can_hide_it(Type offender) =>
        Assert.Contains(offender.GetNestedTypes(BindingFlags.NonPublic).Append(offender).SelectMany(UsedTypes.Of), IsHttp);

    private static bool IsHttp(Type type) =>
        type.Namespace?.StartsWith("Microsoft.AspNetCore.Http", StringComparison.Ordinal) == true && !s_harmless.Contains(type);

    private sealed class Field
    {
        private readonly Lazy<HttpContext> _field = new();

        public override string? ToString() => _field.ToString();
    }

    private sealed class Parameter
    {
        public static bool Of(HttpContext? http) => http is null;
    }

    private sealed class Result
    {
        public static IHeaderDictionary? Of() => null;
    }

    private sealed class Array
    {
        public static List<HttpContext[]> Of => [];
    }

    private sealed class Local
    {
        public static int Of(object any)
        {
            var http = (HttpContext)any;
            return http.Response.StatusCode + http.Response.StatusCode;
        }
    }

    private sealed class Awaited
    {
        public static async Task<int> OfAsync(object any)
        {
            var awaited = (HttpContext)any;
            await Task.Yield();
            return awaited.Response.StatusCode;
        }
    }

    /// <summary>Neither declares anything nor keeps it.</summary>
    private sealed class Call
    {
        public static int Of(Around around) => around.Http.Response.StatusCode;
    }

    private sealed class Around(HttpContext http)
    {
        public HttpContext Http => http;
    }
}
