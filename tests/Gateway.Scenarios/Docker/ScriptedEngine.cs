using System.Collections.Concurrent;
using System.Text.Json;
using Gateway.Fakes;
using Microsoft.AspNetCore.Http;

namespace Gateway.Scenarios.Docker;

/// <summary>An engine that makes containers of nothing, as slowly as a test wants, and pulls as a test says.</summary>
internal sealed class ScriptedEngine : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, (string Id, JsonElement Labels)> _containers = new();
    private FakeServer? _server;
    private int _creates;
    private int _pulls;

    public string Url => _server!.Url;

    /// <summary>Whether it has the image.</summary>
    public bool HasImage { get; set; } = true;

    /// <summary>Answers a pull; the image is there when it returns true.</summary>
    public Func<HttpContext, Task<bool>> Pull { get; set; } = _ => Task.FromResult(true);

    /// <summary>Awaited before a container is made.</summary>
    public Func<Task> BeforeCreate { get; set; } = () => Task.CompletedTask;

    public int Containers => _containers.Count;

    public int Pulls => _pulls;

    public int Creates => _creates;

    /// <summary>Reference and tag of the last pull.</summary>
    public string Pulled { get; private set; } = "";

    public static async Task<ScriptedEngine> StartAsync()
    {
        var engine = new ScriptedEngine();
        engine._server = await FakeServer.StartAsync(engine.AnswerAsync);
        return engine;
    }

    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    private Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (http.Request.Method, path) switch
        {
            ("GET", ["version"]) => Json(http, new { ApiVersion = "1.41", MinAPIVersion = "1.24" }),
            ("GET", [_, "containers", "json"]) => Json(http, _containers.Select(each => new
            {
                each.Value.Id, Names = new[] { "/" + each.Key }, State = "running", each.Value.Labels,
            })),
            ("POST", [_, "containers", "create"]) => CreateAsync(http),
            ("POST", [_, "images", "create"]) => PullAsync(http),
            ("GET", [_, "containers", var name, "json"]) => _containers.TryGetValue(name, out var found)
                ? Json(http, new { found.Id, Name = "/" + name, State = new { Status = "running" }, Config = new { found.Labels } }) : Missing(http),
            ("DELETE", [_, "containers", var name]) => Status(http, Remove(name) ? 204 : 404),
            ("POST", [_, "containers", _, "start"]) => Status(http, 204),
            ("POST", [_, "containers", _, "exec"]) => ExecAsync(http),
            ("POST", [_, "exec", "place", "start"]) => FrameAsync(http, "//file 1 1 644\n"),
            ("PUT", _) => DrainAsync(http),
            ("GET", _) => Status(http, 404),
            _ => FrameAsync(http, "//end 0\n"),
        };
    }

    private bool Remove(string nameOrId) =>
        _containers.Where(each => each.Key == nameOrId || each.Value.Id == nameOrId).Select(each => each.Key).FirstOrDefault() is { } name
            && _containers.TryRemove(name, out _);

    private async Task CreateAsync(HttpContext http)
    {
        Interlocked.Increment(ref _creates);
        var body = await JsonSerializer.DeserializeAsync<JsonElement>(http.Request.Body);
        if (!HasImage)
        {
            await Missing(http);
            return;
        }

        await BeforeCreate();
        _containers[http.Request.Query["name"]!] = (Guid.NewGuid().ToString("N"), body.GetProperty("Labels"));
        http.Response.StatusCode = 201;
        await Json(http, new { Id = _containers[http.Request.Query["name"]!].Id });
    }

    private static async Task ExecAsync(HttpContext http)
    {
        var command = await new StreamReader(http.Request.Body).ReadToEndAsync();
        await Json(http, new { Id = command.Contains("/.gateway/in/", StringComparison.Ordinal) ? "place" : "list" });
    }

    private async Task PullAsync(HttpContext http)
    {
        Interlocked.Increment(ref _pulls);
        Pulled = $"{http.Request.Query["fromImage"]} {http.Request.Query["tag"]}";
        HasImage = await Pull(http);
    }

    private static async Task DrainAsync(HttpContext http) => await http.Request.Body.CopyToAsync(Stream.Null);

    private static Task Missing(HttpContext http)
    {
        http.Response.StatusCode = 404;
        return Json(http, new { message = "No such image" });
    }

    private static Task Status(HttpContext http, int status)
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    internal static Task Json(HttpContext http, object body) => http.Response.WriteAsJsonAsync(body, JsonSerializerOptions.Default);

    internal static async Task FrameAsync(HttpContext http, string output)
    {
        var text = System.Text.Encoding.UTF8.GetBytes(output);
        var header = new byte[8];
        header[0] = 1;
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), text.Length);
        await http.Response.Body.WriteAsync(header);
        await http.Response.Body.WriteAsync(text);
    }
}
