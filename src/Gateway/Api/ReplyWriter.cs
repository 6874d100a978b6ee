using System.IO.Pipelines;
using Gateway.Cache;
using Gateway.Providers.Contract;
using Gateway.Providers.Json;
using Gateway.Upstream;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api;

/// <summary>Writes replies; the only place besides the forwarder's stream that writes to a response.</summary>
internal static class ReplyWriter
{
    private static readonly GatewayError s_unreadable =
        GatewayError.BadUpstream("the provider's answer could not be read", code: "invalid_upstream_response");

    public static Task WriteAsync(HttpContext http, Reply reply) => reply switch
    {
        Reply.Json json => WriteJsonAsync(http, json),
        Reply.Content content => WriteContentAsync(http, content),
        Reply.Failed failed => ErrorWriter.WriteAsync(http, failed.Error),
        Reply.Streamed => Task.CompletedTask,
        _ => throw new InvalidOperationException("A reply has four kinds."),
    };

    private static Task WriteJsonAsync(HttpContext http, Reply.Json json)
    {
        var body = json.Body;
        if (json.Shape is not { } shape && !JsonMembers.TryRead(body.Span, JsonMembers.ExtraFields, out shape))
        {
            return ErrorWriter.WriteAsync(http, s_unreadable);
        }

        if (shape.HasName)
        {
            // Another gateway's; a second member of the same name would leave the choice to the client's parser.
            body = JsonMembers.Without(body, JsonMembers.ExtraFields);
            JsonMembers.TryRead(body.Span, [], out shape);
        }

        var exchange = http.Exchange();
        var response = http.Response;
        if (exchange.Operation?.Shape == ResponseShape.List && IsKnown(http, json.ETag ?? CachedList.TagOf(body.Span)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        if (exchange.Receipt?.TryReceive() == false)
        {
            // The client has left, or a retry has its container.
            http.Abort();
            return ErrorWriter.WriteAsync(http, TransportFailure.ClientLeft.Error);
        }

        var member = ExtraFields.Member(exchange);
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/json";
        response.ContentLength = body.Length + member.Length + (shape.IsEmpty ? 0 : 1);

        // Started first, the body goes straight behind the headers; Kestrel keeps what is written earlier in a block of its own, and copies it.
        var left = http.RequestAborted;
        var start = response.StartAsync(left);
        if (!start.IsCompletedSuccessfully)
        {
            return FinishAsync(start, response.BodyWriter, body, shape, member.ToArray(), left);
        }

        var writer = response.BodyWriter;
        JsonMembers.Splice(writer, body.Span, shape.Close, shape.IsEmpty, member);
        var flush = writer.FlushAsync(left);
        if (!flush.IsCompletedSuccessfully)
        {
            return flush.AsTask();
        }

        if (flush.Result.IsCompleted)
        {
            // The connection had ended before; it has taken nothing.
            exchange.Receipt?.NotReceived();
        }

        return Task.CompletedTask;
    }

    private static async Task FinishAsync(
        Task start, PipeWriter writer, ReadOnlyMemory<byte> body, JsonShape shape, byte[] member, CancellationToken cancellationToken)
    {
        await start;
        JsonMembers.Splice(writer, body.Span, shape.Close, shape.IsEmpty, member);
        await writer.FlushAsync(cancellationToken);
    }

    /// <summary>
    /// Puts the tag of a list on its answer. True when the client has that list already (RFC 9110 §13.1.2; the comparison is weak).
    /// </summary>
    private static bool IsKnown(HttpContext http, string tag)
    {
        http.Response.Headers.ETag = tag;

        // A browser or proxy may keep it, and asks each time.
        http.Response.Headers.CacheControl = "private, no-cache";
        var given = http.Request.Headers.IfNoneMatch;
        return given.Count > 0 && EntityTagHeaderValue.TryParseList(given, out var tags)
            && tags.Any(
                known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(EntityTagHeaderValue.Parse(tag), useStrongComparison: false));
    }

    /// <summary>ASP.NET Core answers ranges and conditions; it needs a source that can seek.</summary>
    private static Task WriteContentAsync(HttpContext http, Reply.Content content)
    {
        // It takes every unit for bytes; one it does not know is to be ignored (RFC 9110 §14.2).
        var range = http.Request.Headers.Range.ToString().TrimStart();
        var isKnown = range.Length == 0 || range.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase);
        return TypedResults.Stream(
            content.Body, content.ContentType, content.FileName, content.LastModified,
            content.ETag is { } tag ? new EntityTagHeaderValue($"\"{tag}\"") : null, enableRangeProcessing: isKnown).ExecuteAsync(http);
    }
}
