using System.Buffers;
using System.Text.Json;
using Gateway.Providers.Contract;
using Gateway.Providers.Json;

namespace Gateway.Providers.OpenAI;

/// <summary>Answers of an OpenAI-shaped upstream: what the operation promises passes as it is, anything else becomes an error.</summary>
internal static class OpenAIResponses
{
    private delegate bool MemberRule(ref Utf8JsonReader reader);

    public static Reply Read(UpstreamResponse answer, Call call, string provider)
    {
        // Azure documents no body for deletions, others answer 204; SDKs want the three-field object.
        if (call.Operation.Method == "DELETE" && answer.Body.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            return new Reply.Json(Deleted(call));
        }

        if (answer.Status is not (>= 200 and <= 203) || !JsonMembers.TryRead(answer.Body.Span, JsonMembers.ExtraFields, out var shape))
        {
            return Broken(answer, call, provider);
        }

        return call.Operation switch
        {
            { Shape: ResponseShape.List } when JsonPage.TryComplete(answer.Body, out var page) => new Reply.Json(page),
            { Shape: ResponseShape.Object, Method: "DELETE" } when Has(answer.Body.Span, "deleted"u8, IsBoolean) =>
                new Reply.Json(answer.Body, shape),

            // What has no id could neither be found nor removed by anyone; an error in the clothes of a success has none either.
            { Shape: ResponseShape.Object, Method: not "DELETE" } when Has(answer.Body.Span, "id"u8, IsText) => new Reply.Json(answer.Body, shape),
            _ => Broken(answer, call, provider),
        };
    }

    /// <summary>Something may have been made all the same, so that whoever repeats would make a second one.</summary>
    private static Reply.Failed Broken(UpstreamResponse answer, Call call, string provider) =>
        new(GatewayError.BadUpstream($"the answer of provider {provider} could not be read", answer.Status, "invalid_upstream_response") with
        {
            Retryable = call.Operation.Method == "POST" ? false : null,
        });

    /// <summary>
    /// Whether a valid object has a member of this name whose last value is as it must be; the last one is what clients' parsers take.
    /// </summary>
    private static bool Has(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name, MemberRule rule)
    {
        var has = false;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonMembers.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isNamed = reader.Is(name);
            reader.Read();
            has = isNamed ? rule(ref reader) : has;
            reader.Skip();
        }

        return has;
    }

    private static bool IsText(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String && !reader.Is(""u8);

    private static bool IsBoolean(ref Utf8JsonReader reader) => reader.TokenType is JsonTokenType.True or JsonTokenType.False;

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
