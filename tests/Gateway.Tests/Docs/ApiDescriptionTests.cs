using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Providers.Contract;
using Gateway.Api;
using Microsoft.OpenApi;
using Xunit;

namespace Gateway.Tests.Docs;

public sealed class ApiDescriptionTests(DescribedGateway gateway) : IClassFixture<DescribedGateway>
{
    /// <summary>Code is generated from these names: changing one breaks clients.</summary>
    private static readonly string[] s_ids =
    [
        "createContainer", "listContainers", "retrieveContainer", "deleteContainer", "createContainerFile", "listContainerFiles",
        "retrieveContainerFile", "getContainerFileContent", "deleteContainerFile", "openaiCreateContainer", "openaiListContainers",
        "openaiRetrieveContainer", "openaiDeleteContainer", "openaiCreateContainerFile", "openaiListContainerFiles",
        "openaiRetrieveContainerFile", "openaiGetContainerFileContent", "openaiDeleteContainerFile",
    ];

    [Fact]
    public void Api_description_holds_every_operation_of_every_base_path_and_nothing_else()
    {
        var expected =
            from surface in ApiSurface.All
            where !surface.IsAlias
            from operation in Operation.All
            select $"{operation.Method} {surface.Base}{operation.Route}";
        Assert.Equal(expected.Order(), gateway.Operations.Select(entry => $"{entry.Method.ToUpperInvariant()} {entry.Path}").Order());
    }

    [Fact]
    public void Api_description_names_its_operations_as_it_always_did() =>
        Assert.Equal(s_ids.Order(), gateway.Operations.Select(entry => entry.Operation["operationId"]!.GetValue<string>()).Order());

    [Fact]
    public async Task Api_description_is_valid_openapi_3_1()
    {
        Assert.Equal("3.1", gateway.Document["openapi"]!.GetValue<string>()[..3]);
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(gateway.Text));
        var read = await OpenApiDocument.LoadAsync(stream, "json");
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        Assert.Equal(s_ids.Length, read.Document!.Paths.Sum(path => path.Value.Operations!.Count));
    }

    [Fact]
    public void Api_description_refers_only_to_what_it_holds()
    {
        var references = Descendants(gateway.Document).OfType<JsonObject>().Where(node => node.ContainsKey("$ref")).ToList();
        Assert.True(references.Count > 100);
        Assert.All(references, reference => Assert.NotNull(gateway.Walk.Resolve(reference)));
    }

    [Fact]
    public void Api_description_declares_exactly_the_path_parameters_of_each_path()
    {
        foreach (var (path, method, operation) in gateway.Operations)
        {
            var declared = Parameters(operation).Where(parameter => parameter["in"]!.GetValue<string>() == "path").ToList();
            Assert.Equal(
                Regex.Matches(path, @"\{(\w+)\}").Select(match => match.Groups[1].Value),
                declared.Select(parameter => parameter["name"]!.GetValue<string>()));
            Assert.All(declared, parameter => Assert.True(parameter["required"]!.GetValue<bool>(), $"{method} {path}"));
        }
    }

    [Fact]
    public void Api_description_offers_paging_on_lists_alone()
    {
        foreach (var (path, method, operation) in gateway.Operations)
        {
            var isList = method == "get"
                && (path.EndsWith("/containers", StringComparison.Ordinal) || path.EndsWith("/files", StringComparison.Ordinal));
            var names = Parameters(operation).Select(parameter => parameter["name"]!.GetValue<string>()).ToList();
            Assert.Equal(isList, names.Contains("limit") && names.Contains("order") && names.Contains("after"));
            Assert.Equal(isList && path.EndsWith("/containers", StringComparison.Ordinal), names.Contains("name"));
            Assert.Contains("provider", names);
            Assert.Contains("x-bf-provider", names);
            Assert.Contains("x-request-id", names);
        }
    }

    [Fact]
    public void Api_description_gives_the_bounds_and_names_that_the_code_has()
    {
        JsonNode Parameter(string name) => gateway.Document["components"]!["parameters"]![name]!["schema"]!;
        int Bound(string name, string keyword) => Parameter(name)[keyword]!.GetValue<int>();
        Assert.Equal(
            (1, PageQuery.MaxLimit, PageQuery.DefaultLimit), (Bound("limit", "minimum"), Bound("limit", "maximum"), Bound("limit", "default")));
        Assert.Equal(QueryReader.MaxName, Bound("name", "maxLength"));
        Assert.Equal(RequestIds.MaxLength, Bound("x-request-id", "maxLength"));
        Assert.Equal([IdRules.MaxLength, IdRules.MaxLength], [Bound("container_id", "maxLength"), Bound("file_id", "maxLength")]);
        Assert.NotNull(Parameter(CacheDirectivesReader.TtlHeader));
        Assert.NotNull(Parameter(CacheDirectivesReader.NoStoreHeader));
        Assert.Equal(typeof(Operation).Assembly.GetName().Version!.ToString(3), gateway.Document["info"]!["version"]!.GetValue<string>());
    }

    [Fact]
    public void Api_description_gives_every_refusal_the_one_envelope()
    {
        foreach (var (path, method, operation) in gateway.Operations)
        {
            var refusals = operation["responses"]!.AsObject().Where(response => response.Key[0] is not ('2' or '3')).ToList();
            Assert.Superset(
                new HashSet<string>(["400", "404", "429", "502", "503", "504", "default"]), refusals.Select(refusal => refusal.Key).ToHashSet());
            Assert.All(refusals, refusal => Assert.Equal(
                "#/components/schemas/ErrorResponse",
                gateway.Walk.Resolve(refusal.Value!.AsObject())["content"]!["application/json"]!["schema"]!["$ref"]!.GetValue<string>()));
            Assert.Equal(method == "post", refusals.Any(refusal => refusal.Key is "413"));
            Assert.Equal(path.EndsWith("/content", StringComparison.Ordinal), operation["responses"]!.AsObject().ContainsKey("206"));
        }
    }

    [Fact]
    public void Api_description_describes_every_operation_parameter_and_member()
    {
        foreach (var (_, _, operation) in gateway.Operations)
        {
            Assert.All(["summary", "description"], member => Assert.NotEmpty(operation[member]!.GetValue<string>()));
            Assert.Single(operation["tags"]!.AsArray());
        }

        var tags = gateway.Document["tags"]!.AsArray().Select(tag => tag!["name"]!.GetValue<string>());
        Assert.Equal(tags.Order(), gateway.Operations.Select(entry => entry.Operation["tags"]![0]!.GetValue<string>()).Distinct().Order());
    }

    [Fact]
    public void Api_description_shows_examples_that_its_own_schemas_accept()
    {
        var bodies = Descendants(gateway.Document).OfType<JsonObject>()
            .Where(node => node.ContainsKey("example") && node.ContainsKey("schema")).ToList();
        Assert.True(bodies.Count > 20);
        foreach (var body in bodies)
        {
            Assert.Empty(gateway.Walk.Problems(body["example"], body["schema"]!.AsObject(), allKnown: true));
        }
    }

    [Fact]
    public async Task Api_description_is_the_same_for_everybody_and_need_not_be_sent_twice()
    {
        using var first = await gateway.Client.GetAsync("/openapi/v1.json");
        Assert.Equal("application/json", first.Content.Headers.ContentType!.MediaType);
        Assert.Equal(gateway.Text, await first.Content.ReadAsStringAsync());
        Assert.DoesNotContain("127.0.0.1", gateway.Text, StringComparison.Ordinal);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/openapi/v1.json");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await gateway.Client.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Fact]
    public async Task Api_description_is_not_served_by_the_admin_listener()
    {
        using var answer = await gateway.Client.GetAsync(new Uri(gateway.AdminUrl + "/openapi/v1.json"));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private IEnumerable<JsonObject> Parameters(JsonObject operation) =>
        operation["parameters"]!.AsArray().Select(parameter => gateway.Walk.Resolve(parameter!.AsObject()));

    private static IEnumerable<JsonNode> Descendants(JsonNode node) => node switch
    {
        JsonObject members => members.Where(member => member.Value is not null).SelectMany(member => Descendants(member.Value!)).Prepend(node),
        JsonArray items => items.Where(item => item is not null).SelectMany(item => Descendants(item!)).Prepend(node),
        _ => [node],
    };
}
