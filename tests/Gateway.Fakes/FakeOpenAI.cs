using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Gateway.Fakes;

/// <summary>
/// An upstream of OpenAI's shape that behaves: all nine operations over memory, OpenAI's envelopes and wording, bearer keys that own their
/// containers.
/// </summary>
public sealed class FakeOpenAI : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, Container>> _accounts = new();
    private readonly string _root;
    private FakeServer? _server;
    private long _sequence;

    private FakeOpenAI(string root, IEnumerable<string> keys)
    {
        _root = root;
        foreach (var key in keys)
        {
            _accounts[key] = new();
        }
    }

    public string Url => _server!.Url;

    /// <summary>Everything that arrived, in order.</summary>
    public ConcurrentQueue<Received> Requests { get; } = new();

    /// <summary>Runs before the fake itself; returns true when it has answered.</summary>
    public Func<HttpContext, Task<bool>>? Intercept { get; set; }

    /// <summary>Creation time of the n-th object, in Unix seconds. Constant stretches make ties.</summary>
    public Func<long, long> CreatedAt { get; set; } = static order => 1_770_000_000 + order;

    /// <summary>Id of the n-th container, behind its prefix.</summary>
    public Func<long, string> IdOf { get; set; } = static order => order.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>What a list says to an <c>after</c> it does not know.</summary>
    public UnknownAfter UnknownAfter { get; set; }

    /// <summary>Bearer keys of all requests so far, by number.</summary>
    public IReadOnlyDictionary<string, int> RequestsByKey => Requests
        .GroupBy(request => KeyOf(request.Headers.GetValueOrDefault("Authorization", ""), request.Headers.GetValueOrDefault("api-key", "")))
        .ToDictionary(group => group.Key, group => group.Count());

    /// <summary>Makes one more key of the account that another key opens.</summary>
    public void AddKey(string key, string sameAs) => _accounts[key] = _accounts[sameAs];

    /// <summary>A key that is no longer accepted; what it owned is gone with it unless another key opens it.</summary>
    public void RevokeKey(string key) => _accounts.TryRemove(key, out _);

    /// <summary>Creates a container behind the gateway's back.</summary>
    public string Create(string key, string name = "direct") => Add(_accounts[key], new JsonObject { ["name"] = name })["id"]!.GetValue<string>();

    /// <summary>Deletes a container behind the gateway's back.</summary>
    public void Delete(string key, string id) => _accounts[key].TryRemove(id, out _);

    /// <summary>Ids of an account's containers, oldest first.</summary>
    public IReadOnlyList<string> IdsOf(string key) => [.. _accounts[key].ToArray().OrderBy(pair => pair.Value.Order).Select(pair => pair.Key)];

    /// <summary>Creates upstream what a request asks for, without answering it.</summary>
    public string Create(string key, JsonObject body) => Add(_accounts[key], body)["id"]!.GetValue<string>();

    /// <summary>The key a request came with.</summary>
    public static string KeyOf(HttpContext http) => KeyOf(http.Request.Headers.Authorization.ToString(), http.Request.Headers["api-key"].ToString());

    public static async Task<FakeOpenAI> StartAsync(params string[] keys)
    {
        var fake = new FakeOpenAI("/v1", keys.Length == 0 ? ["sk-upstream"] : keys);
        fake._server = await FakeServer.StartAsync(fake.AnswerAsync);
        return fake;
    }

    public static async Task<FakeOpenAI> StartAzureAsync(params string[] keys)
    {
        var fake = new FakeOpenAI("/openai/v1", keys.Length == 0 ? ["azure-key"] : keys);
        fake._server = await FakeServer.StartAsync(fake.AnswerAsync);
        return fake;
    }

    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        if (Intercept is { } intercept && await intercept(http))
        {
            return;
        }

        var isUpload = http.Request.ContentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true;
        var request = isUpload ? Received.Of(http, []) : await Received.ReadAsync(http);
        Requests.Enqueue(request);
        http.Response.Headers["x-request-id"] = "req_" + Guid.NewGuid().ToString("N");
        http.Response.Headers["openai-processing-ms"] = "7";
        http.Response.Headers["openai-organization"] = "org-upstream";
        http.Response.Headers["x-ratelimit-remaining-requests"] = "99";
        http.Response.Headers.SetCookie = "__cf_bm=abc";
        var key = KeyOf(http);
        if (!_accounts.TryGetValue(key, out var containers))
        {
            await ErrorAsync(http, 401, $"Incorrect API key provided: {key}.", "invalid_request_error", "invalid_api_key");
            return;
        }

        var path = http.Request.Path.Value!;
        if (!path.StartsWith(_root + "/containers", StringComparison.Ordinal))
        {
            await ErrorAsync(http, 404, $"Invalid URL ({http.Request.Method} {path})", "invalid_request_error", null);
            return;
        }

        var segments = path[(_root.Length + 1)..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        await RouteAsync(http, containers, segments, request, isUpload);
    }

    private async Task RouteAsync(
        HttpContext http, ConcurrentDictionary<string, Container> containers, string[] segments, Received request, bool isUpload)
    {
        if (segments.Length == 1)
        {
            await (http.Request.Method == "POST"
                ? CreateAsync(http, containers, request)
                : ListAsync(http, containers.Values.Select(c => (c.Order, c.Json))));
            return;
        }

        if (!containers.TryGetValue(segments[1], out var container))
        {
            await ErrorAsync(http, 404, $"Container with id '{segments[1]}' not found.", "invalid_request_error", null);
            return;
        }

        switch (segments.Length, http.Request.Method)
        {
            case (2, "GET"):
                await JsonAsync(http, container.Json);
                return;
            case (2, "DELETE"):
                containers.TryRemove(segments[1], out _);
                await JsonAsync(http, new JsonObject { ["id"] = segments[1], ["object"] = "container.deleted", ["deleted"] = true });
                return;
            case (3, "GET"):
                await ListAsync(http, container.Files.Values.Select(f => (f.Order, f.Json)));
                return;
            case (3, "POST"):
                await CreateFileAsync(http, container, request, isUpload);
                return;
        }

        if (!container.Files.TryGetValue(segments[3], out var file))
        {
            await ErrorAsync(http, 404, $"Container file with id '{segments[3]}' not found.", "invalid_request_error", null);
            return;
        }

        switch (segments.Length, http.Request.Method)
        {
            case (4, "GET"):
                await JsonAsync(http, file.Json);
                return;
            case (4, "DELETE"):
                container.Files.TryRemove(segments[3], out _);
                await JsonAsync(http, new JsonObject { ["id"] = segments[3], ["object"] = "container.file.deleted", ["deleted"] = true });
                return;
            default:
                await Results.Bytes(file.Bytes, "application/octet-stream", file.Name, enableRangeProcessing: true).ExecuteAsync(http);
                return;
        }
    }

    private async Task CreateAsync(HttpContext http, ConcurrentDictionary<string, Container> containers, Received request)
    {
        var body = JsonNode.Parse(request.Body)!.AsObject();
        if (body.ContainsKey("provider"))
        {
            await ErrorAsync(http, 400, "Unknown parameter: 'provider'.", "invalid_request_error", "unknown_parameter", "provider");
            return;
        }

        if (body["expires_after"]?["minutes"]?.GetValue<int>() > 20)
        {
            await ErrorAsync(
                http, 400, "Invalid 'expires_after.minutes': integer above maximum value.", "invalid_request_error", "integer_above_max_value",
                "expires_after.minutes");
            return;
        }

        await JsonAsync(http, Add(containers, body));
    }

    private JsonObject Add(ConcurrentDictionary<string, Container> containers, JsonObject body)
    {
        var order = Interlocked.Increment(ref _sequence);
        var id = "cntr_" + IdOf(order);
        var json = new JsonObject
        {
            ["id"] = id,
            ["object"] = "container",
            ["created_at"] = CreatedAt(order),
            ["status"] = "running",
            ["expires_after"] = body["expires_after"]?.DeepClone() ?? new JsonObject { ["anchor"] = "last_active_at", ["minutes"] = 20 },
            ["last_active_at"] = CreatedAt(order),
            ["memory_limit"] = body["memory_limit"]?.DeepClone() ?? "1g",
            ["name"] = body["name"]!.GetValue<string>(),
        };
        containers[id] = new Container(order, json);
        return json;
    }

    private async Task CreateFileAsync(HttpContext http, Container container, Received request, bool isUpload)
    {
        string? name = null;
        string? reference = null;
        string? path = null;
        byte[]? bytes = null;
        if (isUpload)
        {
            var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(http.Request.ContentType!).Boundary).ToString();
            var reader = new MultipartReader(boundary, http.Request.Body);
            while (await reader.ReadNextSectionAsync(http.RequestAborted) is { } section)
            {
                var disposition = ContentDispositionHeaderValue.Parse(section.ContentDisposition!);
                using var content = new MemoryStream();
                await section.Body.CopyToAsync(content, http.RequestAborted);
                switch (HeaderUtilities.RemoveQuotes(disposition.Name).ToString())
                {
                    case "file":
                        bytes = content.ToArray();
                        name = HeaderUtilities.RemoveQuotes(
                            disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).ToString();
                        break;
                    case "file_id":
                        reference = System.Text.Encoding.UTF8.GetString(content.ToArray());
                        break;
                    case "file_path":
                        path = System.Text.Encoding.UTF8.GetString(content.ToArray());
                        break;
                    case "provider":
                        await ErrorAsync(http, 400, "Unknown parameter: 'provider'.", "invalid_request_error", "unknown_parameter", "provider");
                        return;
                }
            }
        }
        else
        {
            var body = JsonNode.Parse(request.Body)!.AsObject();
            reference = body["file_id"]?.GetValue<string>();
            path = body["file_path"]?.GetValue<string>();
        }

        if (bytes is null && reference is null)
        {
            await ErrorAsync(http, 400, "Missing required parameter: 'file'.", "invalid_request_error", "missing_required_parameter", "file");
            return;
        }

        bytes ??= System.Text.Encoding.UTF8.GetBytes("content of " + reference);
        name = string.IsNullOrEmpty(name) ? reference ?? "file" : name;
        var order = Interlocked.Increment(ref _sequence);
        var id = "cfile_" + order.ToString("x16", CultureInfo.InvariantCulture);
        var json = new JsonObject
        {
            ["id"] = id,
            ["object"] = "container.file",
            ["created_at"] = 1_770_000_000 + order,
            ["bytes"] = bytes.Length,
            ["container_id"] = container.Json["id"]!.GetValue<string>(),
            ["path"] = path ?? "/mnt/data/" + name,
            ["source"] = "user",
        };
        container.Files[id] = new StoredFile(order, name, bytes, json);
        await JsonAsync(http, json);
    }

    private Task ListAsync(HttpContext http, IEnumerable<(long Order, JsonObject Json)> items)
    {
        var query = http.Request.Query;
        var limit = int.Parse(query["limit"].FirstOrDefault() ?? "20", CultureInfo.InvariantCulture);
        var sorted = query["order"] == "asc" ? items.OrderBy(item => item.Order) : items.OrderByDescending(item => item.Order);
        var all = sorted.Where(item => !query.ContainsKey("name") || item.Json["name"]?.GetValue<string>() == query["name"]).ToList();
        var start = query.TryGetValue("after", out var after)
            ? all.FindIndex(item => item.Json["id"]!.GetValue<string>() == after) + 1
            : 0;
        if (start == 0 && after.Count > 0)
        {
            switch (UnknownAfter)
            {
                case UnknownAfter.Refuse:
                    return ErrorAsync(http, 400, $"No container found with id '{after}'.", "invalid_request_error", null, "after");
                case UnknownAfter.ShowNothing:
                    start = all.Count;
                    break;
                default:
                    break;
            }
        }

        var page = all.Skip(start).Take(limit).Select(item => item.Json).ToList();
        return JsonAsync(http, new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. page.Select(item => item.DeepClone())]),
            ["first_id"] = page.FirstOrDefault()?["id"]?.GetValue<string>(),
            ["last_id"] = page.LastOrDefault()?["id"]?.GetValue<string>(),
            ["has_more"] = start + limit < all.Count,
        });
    }

    private static string KeyOf(string authorization, string apiKey) => authorization.Length > 7 ? authorization[7..] : apiKey;

    private static Task JsonAsync(HttpContext http, JsonObject body)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(body.ToJsonString(), http.RequestAborted);
    }

    private static Task ErrorAsync(HttpContext http, int status, string message, string type, string? code, string? param = null)
    {
        http.Response.StatusCode = status;
        return JsonAsync(http, new JsonObject
        {
            ["error"] = new JsonObject { ["message"] = message, ["type"] = type, ["param"] = param, ["code"] = code },
        });
    }

    private sealed record Container(long Order, JsonObject Json)
    {
        public ConcurrentDictionary<string, StoredFile> Files { get; } = new();
    }

    private sealed record StoredFile(long Order, string Name, byte[] Bytes, JsonObject Json);
}

/// <summary>What a list says to an <c>after</c> it does not know.</summary>
public enum UnknownAfter
{
    /// <summary>It begins at the beginning.</summary>
    BeginAgain,

    /// <summary>400.</summary>
    Refuse,

    /// <summary>An empty last page.</summary>
    ShowNothing,
}
