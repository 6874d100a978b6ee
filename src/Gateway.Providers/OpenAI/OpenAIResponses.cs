using System.Buffers;
using System.Text.Json;
using Gateway.Providers.Contract;
using Gateway.Providers.Json;

namespace Gateway.Providers.OpenAI;

/// <summary>Answers of an OpenAI-shaped upstream: what the operation promises passes as it is, anything else becomes an error.</summary>
internal static class OpenAIResponses
{
    private delegate bool MemberRule(in MemberReader member);

    public static Reply Read(UpstreamResponse answer, Call call, string provider)
    {
        // Azure documents no body for deletions, others answer 204; SDKs want the three-field object.
        if (call.Operation.Method == "DELETE" && answer.Body.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            return new Reply.Json(Deleted(call));
        }

        var isDeletion = call.Operation.Method == "DELETE";
        if (answer.Status is not (>= 200 and <= 203))
        {
            return Broken(answer, call, provider);
        }

        return call.Operation switch
        {
            { Shape: ResponseShape.List } when JsonPage.TryComplete(answer.Body, out var page, out var complete) => new Reply.Json(page, complete),

            // What has no id could neither be found nor removed by anyone; an error in the clothes of a success has none either.
            { Shape: ResponseShape.Object }
                when Has(answer.Body.Span, isDeletion ? "deleted"u8 : "id"u8, isDeletion ? IsBoolean : IsText, out var shape) =>
                new Reply.Json(answer.Body, shape),
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
    /// Whether it is a valid object with a member of this name whose last value is as it must be; the last one is what clients' parsers take.
    /// </summary>
    private static bool Has(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name, MemberRule rule, out JsonShape shape)
    {
        var has = false;
        var hasExtraFields = false;
        var members = new MemberReader(json);
        while (members.Next())
        {
            has = members.NameIs(name) ? rule(in members) : has;
            hasExtraFields |= members.NameIs(JsonMembers.ExtraFields);
        }

        has &= members.TryEnd(out var close);
        shape = new JsonShape(close, IsEmpty: false, hasExtraFields);
        return has;
    }

    private static bool IsText(in MemberReader member) => member.Type == JsonTokenType.String && !member.TextIs(""u8);

    private static bool IsBoolean(in MemberReader member) => member.Type is JsonTokenType.True or JsonTokenType.False;

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
