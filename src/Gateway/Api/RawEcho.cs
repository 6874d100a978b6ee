using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Api;

/// <summary>
/// Echo of the provider's native request and response, off by default. What must never be echoed is replaced: secrets of a network policy, inline
/// skill data, and anything under a name that holds a credential.
/// </summary>
internal static class RawEcho
{
    private const string Redacted = "<REDACTED>";
    private const int MaxEcho = 1024 * 1024;

    /// <summary>Writes the body as JSON, redacted; what is not JSON, or too long to be of use, is only named.</summary>
    public static void WriteTo(Utf8JsonWriter writer, ReadOnlyMemory<byte> body)
    {
        if (body.Length > MaxEcho)
        {
            writer.WriteStringValue($"<{body.Length} bytes>");
            return;
        }

        try
        {
            var node = JsonNode.Parse(body.Span);
            Redact(node);
            if (node is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                // By way of a string: what fails half way must leave nothing behind.
                writer.WriteRawValue(node.ToJsonString(), skipInputValidation: true);
            }
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            writer.WriteStringValue(Redacted);
        }
    }

    private static void Redact(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, value) in members.ToList())
                {
                    if (IsSecret(name, members))
                    {
                        members[name] = Redacted;
                    }
                    else
                    {
                        Redact(value);
                    }
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    Redact(item);
                }

                break;
        }
    }

    /// <summary><c>domain_secrets[].value</c>, <c>skills[].source.data</c>, and names that speak for themselves.</summary>
    private static bool IsSecret(string name, JsonObject parent) => name switch
    {
        "value" => parent.ContainsKey("domain"),
        "data" => parent.ContainsKey("media_type"),
        "authorization" or "api_key" or "api-key" or "password" or "secret" or "client_secret" or "token" => true,
        _ => false,
    };
}
