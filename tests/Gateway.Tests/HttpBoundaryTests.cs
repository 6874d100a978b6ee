using System.Reflection;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests;

/// <summary>A client's HTTP ends at the API: what is below it works on a parsed call, so that there is work without a client, too.</summary>
public sealed class HttpBoundaryTests
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly string[] s_below =
        ["Pipeline", "Lists", "Cache", "Creates", "Accounts", "Providers", "Ledger", "Redis", "Settings", "Upstream"];

    /// <summary>Those that stream: YARP's forwarder takes a request and its response, and gives them to its transformer.</summary>
    private static readonly string[] s_streaming = ["Gateway.Upstream.StreamingClient", "Gateway.Upstream.UpstreamTransformer"];

    /// <summary>In that namespace and no request: how a listener's address is read, and how a server says that a body is broken.</summary>
    private static readonly Type[] s_harmless = [typeof(BindingAddress), typeof(BadHttpRequestException)];

    [Fact]
    public void Nothing_below_the_api_sees_a_clients_http_but_the_stream_of_files() =>
        Assert.Empty(typeof(GatewayHost).Assembly.GetTypes()
            .Where(type => Array.Exists(s_below, folder => type.Namespace == "Gateway." + folder) && !s_streaming.Contains(Outermost(type).FullName))
            .SelectMany(type => Seen(type).Where(seen => IsHttp(seen.Type)).Select(seen => $"{type.FullName}.{seen.Where}: {seen.Type}"))
            .Distinct());

    [Fact]
    public void Streaming_types_are_the_exceptions_they_are_said_to_be() =>
        Assert.All(s_streaming, name => Assert.Contains(
            typeof(GatewayHost).Assembly.GetTypes().Where(type => Outermost(type).FullName == name),
            type => Seen(type).Any(seen => IsHttp(seen.Type))));

    [Fact]
    public void Probe_finds_http_wherever_a_type_can_hold_it()
    {
        var found = typeof(Offender).GetNestedTypes(All).Append(typeof(Offender)).SelectMany(Seen)
            .Where(seen => IsHttp(seen.Type)).Select(seen => seen.Where).ToList();
        foreach (var place in (string[])["_field", "Property", "Parameter(http)", "Returned()", "Local[]", "List"])
        {
            Assert.Contains(found, where => where.StartsWith(place, StringComparison.Ordinal));
        }

        // What an async method keeps over an await is a field of its state machine.
        Assert.Contains(found, where => where.Contains("awaited", StringComparison.Ordinal));
    }

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static IEnumerable<(string Where, Type Type)> Seen(Type type)
    {
        IEnumerable<(string, Type)> bases = type.GetInterfaces().Append(type.BaseType ?? typeof(object)).Select(each => ("base", each));
        var fields = type.GetFields(All).Select(field => (field.Name, field.FieldType));
        var properties = type.GetProperties(All).Select(property => (property.Name, property.PropertyType));
        var methods = type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)).SelectMany(Seen);
        return bases.Concat(fields).Concat(properties).Concat(methods);
    }

    private static IEnumerable<(string Where, Type Type)> Seen(MethodBase method)
    {
        var parameters = method.GetParameters().Select(parameter => ($"{method.Name}({parameter.Name})", parameter.ParameterType));
        IEnumerable<(string, Type)> returned = method is MethodInfo { ReturnType: var type } ? [($"{method.Name}()", type)] : [];
        var locals = method.GetMethodBody()?.LocalVariables.Select(local => ($"{method.Name}[]", local.LocalType)) ?? [];
        return parameters.Concat(returned).Concat(locals);
    }

    private static bool IsHttp(Type type) => type.HasElementType
        ? IsHttp(type.GetElementType()!)
        : (type.Namespace?.StartsWith("Microsoft.AspNetCore.Http", StringComparison.Ordinal) == true && !s_harmless.Contains(type))
            || (type.IsGenericType && Array.Exists(type.GetGenericArguments(), IsHttp));

    /// <summary>Sees HTTP in every way there is.</summary>
    private sealed class Offender
    {
        private readonly HttpContext _field = new DefaultHttpContext();

        public HttpRequest? Property => _field.Request;

        public List<HttpContext[]> List { get; } = [];

        public static bool Parameter(HttpContext? http) => http is null;

        public static IHeaderDictionary? Returned() => null;

        public static int Local(object any)
        {
            var http = (HttpContext)any;
            return http.Response.StatusCode + http.Response.StatusCode;
        }

        public static async Task<int> AwaitedAsync(object any)
        {
            var awaited = (HttpContext)any;
            await Task.Yield();
            return awaited.Response.StatusCode;
        }
    }
}
