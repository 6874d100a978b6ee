using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Providers.Contract;

namespace Gateway.Providers.Tests.Golden;

/// <summary>
/// Requests, responses and replies as text that people can read: a head, an empty line, and the body as <see cref="GoldenBody"/> shows it.
/// </summary>
internal static class GoldenText
{
    private const int LongText = 300;

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// A request. Of a pass-through every byte of the body counts; the JSON of a recipe is compared by value, so it is shown for reading.
    /// </summary>
    public static async Task<string> OfAsync(UpstreamRequest request, bool isOpened = false, bool isRecipe = false)
    {
        var query = string.Join('&', request.Target.Query.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"));
        var text = new StringBuilder($"{request.Method} {request.Target.Path}{(query.Length > 0 ? "?" : "")}{query}\n");
        text.Append(CultureInfo.InvariantCulture, $"idempotency: {request.Idempotency}\n");
        text.Append(request.Streams ? "streams\n" : "").Append(isOpened ? "opens\n" : "").Append(request.IsSelfDelimiting ? "self-delimiting\n" : "");
        if (request.Endpoint is { } endpoint)
        {
            text.Append(CultureInfo.InvariantCulture, $"endpoint: {endpoint.Name}{(endpoint.Label is null ? "" : $" {endpoint.Label}")}\n");
        }

        foreach (var (name, value) in request.Headers)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\n");
        }

        if (request.Accept is { } accept)
        {
            text.Append(CultureInfo.InvariantCulture, $"accept: {accept}\n");
        }

        if (await BodyOfAsync(request.Body) is var (bytes, type))
        {
            text.Append(CultureInfo.InvariantCulture, $"content-type: {type}\n\n");
            text.Append(isRecipe && type == GoldenBody.Json ? Indented(bytes) : GoldenBody.Show(bytes, type));
        }

        return text.ToString();
    }

    /// <summary>A response: a line of status and content type, a line for each further header, and a body.</summary>
    public static UpstreamResponse Response(string text)
    {
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var head = text[..end].Split('\n');
        var (status, type) = head[0].Split(' ', 2) is [var number, var rest] ? (number, rest) : (head[0], GoldenBody.Json);
        using var message = new HttpResponseMessage();
        message.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        foreach (var header in head.Skip(1).Select(line => line.Split(": ", 2)))
        {
            message.Headers.TryAddWithoutValidation(header[0], header[1]);
        }

        return new UpstreamResponse(
            int.Parse(status, CultureInfo.InvariantCulture), GoldenBody.Read(text[(end + 2)..], type), message.Headers.RetryAfter?.Delta)
        {
            Headers = new UpstreamHeaders(message),
        };
    }

    /// <summary>An exchange that failed: kind and status in the first line, the message in the second, and a code perhaps.</summary>
    public static GatewayError Error(string text)
    {
        var lines = text.TrimEnd('\n').Split('\n');
        var first = lines[0].Split(' ');
        return new GatewayError
        {
            Kind = Enum.Parse<ErrorKind>(first[0]),
            Status = int.Parse(first[1], CultureInfo.InvariantCulture),
            Message = lines[1],
            Code = lines.ElementAtOrDefault(2),
        };
    }

    /// <summary>A reply, with the file it belongs in.</summary>
    public static async Task<(string File, string Text)> OfAsync(Reply reply)
    {
        switch (reply)
        {
            case Reply.Json json:
                return ("reply.json", Encoding.UTF8.GetString(json.Body.Span));
            case Reply.Failed { Error: var error }:
                return ("reply.error", $"{error.Kind} {error.Status}\ntype: {error.Type}\ncode: {error.Code}\nparam: {error.Param}\n"
                    + $"message: {error.Message}\nretry-after: {error.RetryAfter}\nretryable: {error.Retryable}\n");
            case Reply.Content content:
                await using (content.Body)
                {
                    var bytes = await AllOfAsync(content.Body, content.Body.Length);
                    var head = $"{content.ContentType}\nname: {content.FileName}\netag: {content.ETag}\nlast-modified: {content.LastModified:u}\n";
                    return ("reply.content", $"{head}\n{GoldenBody.Show(bytes, content.ContentType)}");
                }

            case Reply.Streamed:
                return ("reply.streamed", "as it came\n");
            default:
                throw new NotSupportedException(reply.ToString());
        }
    }

    private static async ValueTask<(byte[] Bytes, string Type)?> BodyOfAsync(RequestBody body) => body switch
    {
        RequestBody.Bytes bytes => (bytes.Content.ToArray(), bytes.ContentType),
        RequestBody.Streaming stream => (await AllOfAsync(stream.Content, stream.Length), stream.ContentType),
        _ => null,
    };

    private static async Task<byte[]> AllOfAsync(Stream stream, long? length)
    {
        var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes);
        Assert.Equal(length ?? bytes.Length, bytes.Length);
        return bytes.ToArray();
    }

    private static string Indented(byte[] json)
    {
        return JsonSerializer.Serialize(Shortened(JsonNode.Parse(json)), s_json) + "\n";

        // A script, or the bytes of a file: its beginning and its end say which.
        static JsonNode? Shortened(JsonNode? node) => node switch
        {
            JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Shortened(member.Value)))),
            JsonArray items => new JsonArray([.. items.Select(Shortened)]),
            JsonValue value when value.TryGetValue<string>(out var text) && text.Length > LongText => $"{text[..20]}…{text[^80..]}",
            _ => node?.DeepClone(),
        };
    }
}
