using System.Text.Json.Nodes;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Tests.Docs;

/// <summary>A running gateway over an upstream that behaves, and the document it serves.</summary>
public sealed class DescribedGateway : IAsyncLifetime
{
    private FakeOpenAI? _upstream;
    private RunningGateway? _gateway;

    public HttpClient Client => _gateway!.Client;

    public string AdminUrl => _gateway!.AdminUrl;

    public string Text { get; private set; } = "";

    public JsonObject Document { get; private set; } = [];

    public JsonObject Schemas => Document["components"]!["schemas"]!.AsObject();

    public SchemaWalk Walk => new(Document);

    /// <summary>Every operation of the document with its path and method.</summary>
    public IEnumerable<(string Path, string Method, JsonObject Operation)> Operations =>
        from path in Document["paths"]!.AsObject()
        from method in path.Value!.AsObject()
        select (path.Key, method.Key, method.Value!.AsObject());

    public JsonObject OperationOf(string id) => Operations.Single(entry => entry.Operation["operationId"]!.GetValue<string>() == id).Operation;

    public async ValueTask InitializeAsync()
    {
        _upstream = await FakeOpenAI.StartAsync();
        _gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.OpenAI(_upstream.Url)));
        Text = await Client.GetStringAsync("/openapi/v1.json");
        Document = JsonNode.Parse(Text)!.AsObject();
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway!.DisposeAsync();
        await _upstream!.DisposeAsync();
    }
}
