using System.Buffers;
using System.Text.Json;
using Gateway.Providers.Contract;
using Gateway.Providers.Json;

namespace Gateway.Providers.OpenAI;

/// <summary>Answers of an OpenAI-shaped upstream: a valid object passes as it is, anything else becomes an error.</summary>
internal static class OpenAIAnswers
{
    public static Reply Read(NativeAnswer answer, Call call, string provider)
    {
        if (!answer.IsSuccess)
        {
            return new Reply.Failed(OpenAIErrors.Read(answer, call.Operation, provider));
        }

        // Azure documents no body for deletions, others answer 204 (reference B.3); SDKs want the three-field object.
        if (call.Operation.Method == "DELETE" && answer.Body.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            return new Reply.Json(Deleted(call));
        }

        // What was made without an id could neither be found nor removed by anyone.
        if (!JsonMembers.TryRead(answer.Body.Span, JsonMembers.ExtraFields, out var shape) || (call.Operation.Method == "POST" && !HasId(answer.Body.Span)))
        {
            return Broken(answer, call, provider);
        }

        if (call.Operation.Answer != Answer.List)
        {
            return new Reply.Json(answer.Body, shape);
        }

        return JsonPage.TryComplete(answer.Body, out var page) ? new Reply.Json(page) : Broken(answer, call, provider);
    }

    /// <summary>Something may have been made all the same, so that whoever repeats would make a second one.</summary>
    private static Reply.Failed Broken(NativeAnswer answer, Call call, string provider) =>
        new(GatewayError.BadUpstream($"the answer of provider {provider} could not be read", answer.Status, "provider_invalid_response") with
        {
            Repeatable = call.Operation.Method == "POST" ? false : null,
        });

    private static bool HasId(ReadOnlySpan<byte> json)
    {
        var hasId = false;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonMembers.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isId = reader.Is("id"u8);
            reader.Read();
            hasId |= isId && reader.TokenType == JsonTokenType.String && !reader.Is(""u8);
            reader.Skip();
        }

        return hasId;
    }

    private static ReadOnlyMemory<byte> Deleted(Call call)
    {
        var buffer = new ArrayBufferWriter<byte>(96);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("id"u8, call.File?.Value ?? call.Container!.Value.Value);
        writer.WriteString("object"u8, call.File is null ? "container.deleted"u8 : "container.file.deleted"u8);
        writer.WriteBoolean("deleted"u8, true);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
