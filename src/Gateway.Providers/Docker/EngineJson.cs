using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Gateway.Providers.Docker;

/// <summary>The engine's JSON, read and written.</summary>
internal static class EngineJson
{
    /// <summary>An inspected container, or null when it is not one of this provider.</summary>
    public static DockerContainer? Container(ReadOnlyMemory<byte> body, string provider) => Read(body, root =>
        DockerLabels.Read(
            Text(root, "Id"), Text(root, "Name").TrimStart('/'), Text(root.GetProperty("State"), "Status"),
            root.GetProperty("Config").GetProperty("Labels"), provider));

    /// <summary>Those of a list that are this provider's. The engine has filtered them already; believing it is not necessary.</summary>
    public static List<DockerContainer> Containers(ReadOnlyMemory<byte> body, string provider) => Read(body, root =>
    {
        var containers = new List<DockerContainer>(root.GetArrayLength());
        foreach (var item in root.EnumerateArray())
        {
            var names = item.GetProperty("Names");
            if (names.ValueKind != JsonValueKind.Array || names.GetArrayLength() == 0)
            {
                continue;
            }

            var name = names[0].GetString()!.TrimStart('/');
            if (DockerLabels.Read(Text(item, "Id"), name, Text(item, "State"), item.GetProperty("Labels"), provider) is { } container)
            {
                containers.Add(container);
            }
        }

        return containers;
    });

    /// <summary>Id and warnings of a created container.</summary>
    public static (string Id, IReadOnlyList<string> Warnings) Created(ReadOnlyMemory<byte> body) => Read(body, root =>
    {
        IReadOnlyList<string> warnings = root.TryGetProperty("Warnings", out var given) && given.ValueKind == JsonValueKind.Array
            ? [.. given.EnumerateArray().Select(warning => warning.GetString() ?? "")]
            : [];
        return (Text(root, "Id"), warnings);
    });

    /// <summary>The member <c>Id</c>.</summary>
    public static string Id(ReadOnlyMemory<byte> body) => Read(body, root => Text(root, "Id"));

    /// <summary>Newest and oldest version an engine speaks.</summary>
    public static (string Newest, string Oldest) Versions(ReadOnlyMemory<byte> body) => Read(body, root =>
        (Text(root, "ApiVersion"), root.TryGetProperty("MinAPIVersion", out var oldest) ? oldest.GetString() ?? "" : ""));

    /// <summary>The engine's words for a failure, or an empty text.</summary>
    public static string Message(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("message", out var message)
                ? message.GetString() ?? ""
                : "";
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return "";
        }
    }

    /// <summary>The filter for this provider's containers.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="owner">Only those of this tenant; null for all.</param>
    /// <param name="id">Only the one of this name; null for all.</param>
    public static string Filter(string provider, string? owner = null, string? id = null) => Encoding.UTF8.GetString(Write(json =>
    {
        json.WriteStartObject();
        if (id is not null)
        {
            // A pattern, for a name that Docker writes with a slash in front and Podman without. Of what an id holds only the dot says more to it.
            json.WriteStartArray("name");
            json.WriteStringValue($"^/?{id.Replace(".", "\\.", StringComparison.Ordinal)}$");
            json.WriteEndArray();
        }

        json.WriteStartArray("label");
        json.WriteStringValue($"{DockerLabels.Managed}=1");
        json.WriteStringValue($"{DockerLabels.Provider}={provider}");
        if (owner is not null)
        {
            json.WriteStringValue($"{DockerLabels.Tenant}={owner}");
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }).Span);

    /// <summary>An exec to create.</summary>
    public static ReadOnlyMemory<byte> Exec(IEnumerable<string> command, string user) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteBoolean("AttachStdout", true);
        json.WriteBoolean("AttachStderr", true);
        json.WriteString("User", user);
        json.WriteStartArray("Cmd");
        foreach (var word in command)
        {
            json.WriteStringValue(word);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? throw new JsonException();

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        return buffer.WrittenMemory;
    }

    private static T Read<T>(ReadOnlyMemory<byte> body, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw EngineErrors.Unreadable();
        }
    }
}
