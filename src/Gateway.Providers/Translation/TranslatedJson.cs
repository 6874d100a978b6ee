using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gateway.Providers.Contract;

namespace Gateway.Providers.Translation;

/// <summary>The objects of the API, and replies made of them.</summary>
internal static class TranslatedJson
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Reply.Json Container(TranslatedContainer container) => new(Write(container, WriteContainer));

    public static Reply.Json Containers<T>(TranslatedPage<T> page, Func<T, TranslatedContainer> view) =>
        List([.. page.Items.Select(view)], page.HasMore, WriteContainer, container => container.Id);

    public static Reply.Json File(TranslatedFile file) => new(Write(file, WriteFile));

    public static Reply.Json Files<T>(TranslatedPage<T> page, Func<T, TranslatedFile> view) =>
        List([.. page.Items.Select(view)], page.HasMore, WriteFile, file => file.Id);

    public static Reply.Json ContainerDeleted(string id) => Deleted(id, "container.deleted");

    public static Reply.Json FileDeleted(string id) => Deleted(id, "container.file.deleted");

    /// <summary>A caller's pairs as a JSON object; of a repeated key the last value counts.</summary>
    public static string Metadata(IReadOnlyList<KeyValuePair<string, string>> pairs) => Text(pairs, static (json, pairs) =>
    {
        json.WriteStartObject();
        for (var i = 0; i < pairs.Count; i++)
        {
            var (key, value) = pairs[i];
            if (!pairs.Skip(i + 1).Any(later => later.Key == key))
            {
                json.WriteString(key, value);
            }
        }

        json.WriteEndObject();
    });

    /// <summary>A network policy as it is stored and echoed: without secrets.</summary>
    public static string NetworkPolicy(string type, IReadOnlyList<string>? allowedDomains) => Text((type, allowedDomains), static (json, policy) =>
    {
        json.WriteStartObject();
        json.WriteString("type", policy.type);
        if (policy.allowedDomains is { } domains)
        {
            json.WriteStartArray("allowed_domains");
            foreach (var domain in domains)
            {
                json.WriteStringValue(domain);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    });

    private static void WriteContainer(Utf8JsonWriter json, TranslatedContainer container)
    {
        json.WriteStartObject();
        json.WriteString("id", container.Id);
        json.WriteString("object", "container");
        json.WriteString("name", container.Name);
        json.WriteNumber("created_at", container.CreatedAt);
        json.WriteString("status", container.Status);
        if (container.LastActiveAt is { } lastActive)
        {
            json.WriteNumber("last_active_at", lastActive);
        }

        json.WriteStartObject("expires_after");
        json.WriteString("anchor", TranslatedSpec.Anchor);
        json.WriteNumber("minutes", container.IdleMinutes);
        json.WriteEndObject();
        json.WriteString("memory_limit", container.MemoryLimit);
        WriteStored(json, "network_policy", container.NetworkPolicy);
        WriteStored(json, "metadata", container.Metadata);
        json.WriteEndObject();
    }

    private static void WriteFile(Utf8JsonWriter json, TranslatedFile file)
    {
        json.WriteStartObject();
        json.WriteString("id", file.Id);
        json.WriteString("object", "container.file");
        json.WriteNumber("created_at", file.CreatedAt);
        json.WriteNumber("bytes", file.Bytes);
        json.WriteString("container_id", file.ContainerId);
        json.WriteString("path", file.Path);
        json.WriteString("source", file.Source);
        json.WriteEndObject();
    }

    private static Reply.Json List<T>(List<T> items, bool hasMore, Action<Utf8JsonWriter, T> write, Func<T, string> id) =>
        new(Write(items, (json, items) =>
        {
            json.WriteStartObject();
            json.WriteString("object", "list");
            json.WriteStartArray("data");
            items.ForEach(item => write(json, item));
            json.WriteEndArray();
            json.WriteString("first_id", items.Count > 0 ? id(items[0]) : null);
            json.WriteString("last_id", items.Count > 0 ? id(items[^1]) : null);
            json.WriteBoolean("has_more", hasMore);
            json.WriteEndObject();
        }));

    private static void WriteStored(Utf8JsonWriter json, string name, string? stored)
    {
        if (stored is not null)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(stored, skipInputValidation: true);
        }
    }

    private static Reply.Json Deleted(string id, string type) => new(Write((id, type), static (json, deleted) =>
    {
        json.WriteStartObject();
        json.WriteString("id", deleted.id);
        json.WriteString("object", deleted.type);
        json.WriteBoolean("deleted", true);
        json.WriteEndObject();
    }));

    private static string Text<T>(T value, Action<Utf8JsonWriter, T> write) => System.Text.Encoding.UTF8.GetString(Write(value, write).Span);

    private static ReadOnlyMemory<byte> Write<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            write(json, value);
        }

        return buffer.WrittenMemory;
    }
}
