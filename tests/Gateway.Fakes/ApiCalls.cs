using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Fakes;

/// <summary>The API as tests call it. A call that must succeed and does not throws with the whole answer.</summary>
internal static class ApiCalls
{
    /// <summary>A JSON body.</summary>
    public static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    /// <summary>The answer to a request that must succeed.</summary>
    public static async Task<JsonObject> OkAsync(Task<HttpResponseMessage> answer)
    {
        using var response = await answer;
        return JsonNode.Parse(await TextAsync(response, (int)HttpStatusCode.OK))!.AsObject();
    }

    /// <summary>The error that answers a request, with this code where one is given.</summary>
    public static async Task<JsonObject> ErrorAsync(Task<HttpResponseMessage> answer, int status, string? code = null)
    {
        using var response = await answer;
        var text = await TextAsync(response, status);
        var json = JsonNode.Parse(text)!.AsObject();
        return code is null || json["error"]!["code"]?.GetValue<string>() == code ? json : throw new InvalidOperationException(text);
    }

    /// <summary>The id of what a request must have made.</summary>
    public static async Task<string> IdAsync(Task<HttpResponseMessage> answer) => Id(await OkAsync(answer));

    /// <inheritdoc cref="IdAsync(Task{HttpResponseMessage})"/>
    public static Task<string> IdAsync(HttpResponseMessage answer) => IdAsync(Task.FromResult(answer));

    /// <summary>The id of an object.</summary>
    public static string Id(JsonObject json) => json["id"]!.GetValue<string>();

    /// <inheritdoc cref="Id(JsonObject)"/>
    public static string Id(this JsonElement json) => json.Text("id");

    /// <inheritdoc cref="Id(JsonObject)"/>
    public static string Id(string json) => Id(JsonNode.Parse(json)!.AsObject());

    /// <summary>The ids of a list, in its order.</summary>
    public static string[] Ids(JsonObject list) => [.. list["data"]!.AsArray().Select(item => Id(item!.AsObject()))];

    /// <summary>The text of a member.</summary>
    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    /// <summary>That member of all items of a list, in its order.</summary>
    public static IReadOnlyList<string> Data(this JsonElement list, string name) =>
        [.. list.GetProperty("data").EnumerateArray().Select(item => item.Text(name))];

    /// <summary>Sends a request with a JSON body, or none, and these headers as they are.</summary>
    public static Task<HttpResponseMessage> SendAsync(
        this HttpClient http, HttpMethod method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path)
        {
            Content = body is null ? null : Json(body), Version = http.DefaultRequestVersion, VersionPolicy = http.DefaultVersionPolicy,
        };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return http.SendAsync(request);
    }

    /// <summary>Creates a container; its id.</summary>
    public static async Task<string> CreateAsync(this HttpClient http, object? body = null) =>
        (await http.PostAsJsonAsync("/v1/containers", body ?? new { name = "box" })).Ok().Id();

    /// <summary>Uploads a file; the file object.</summary>
    public static async Task<JsonElement> UploadAsync(
        this HttpClient http, string container, byte[] bytes, string name = "a.bin", string? path = null) =>
        (await http.SendUploadAsync(container, new ByteArrayContent(bytes), name, path)).Ok();

    /// <summary>Uploads a file; the answer, whatever it is.</summary>
    public static async Task<HttpResponseMessage> SendUploadAsync(
        this HttpClient http, string container, HttpContent bytes, string name = "a.bin", string? path = null)
    {
        using var form = new MultipartFormDataContent { { bytes, "file", name } };
        if (path is not null)
        {
            form.Add(new StringContent(path), "file_path");
        }

        return await http.PostAsync($"/v1/containers/{container}/files", form);
    }

    /// <summary>What a GET that must succeed answers.</summary>
    public static async Task<JsonElement> ReadAsync(this HttpClient http, string path) => (await http.GetAsync(path)).Ok();

    /// <summary>A list of files.</summary>
    public static Task<JsonElement> FilesAsync(this HttpClient http, string container, string query = "limit=100") =>
        http.ReadAsync($"/v1/containers/{container}/files?{query}");

    /// <summary>The content of a file.</summary>
    public static Task<byte[]> DownloadAsync(this HttpClient http, string container, string file) =>
        http.GetByteArrayAsync($"/v1/containers/{container}/files/{file}/content");

    /// <summary>The body of an answer that must be a success.</summary>
    public static JsonElement Ok(this HttpResponseMessage answer)
    {
        var text = Text(answer);
        return answer.StatusCode == HttpStatusCode.OK
            ? JsonDocument.Parse(text).RootElement
            : throw new InvalidOperationException($"{(int)answer.StatusCode} {text}");
    }

    /// <summary>What an answer that must be an error says.</summary>
    public static (int Status, string Code, string Message) Refused(this HttpResponseMessage answer)
    {
        var text = Text(answer);
        if (answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(text);
        }

        var error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        return ((int)answer.StatusCode, error.GetProperty("code").GetString() ?? "", error.Text("message"));
    }

    /// <summary>The body of an answer, which the client has received whole.</summary>
    private static string Text(HttpResponseMessage answer) => new StreamReader(answer.Content.ReadAsStream()).ReadToEnd();

    private static async Task<string> TextAsync(HttpResponseMessage answer, int status)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return (int)answer.StatusCode == status ? text : throw new InvalidOperationException($"{(int)answer.StatusCode} {text}");
    }
}
