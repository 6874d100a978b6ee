using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Gateway.Providers.Contract;

namespace Gateway.Providers.OpenAI;

/// <summary>
/// Errors of an OpenAI-shaped upstream. Type, code, message and param survive when they are there; markup never does. The status stays what it was,
/// but for three: a refused credential is the gateway's own (502), a redirect is not followed (502), and a bare 500 would read as a defect of the
/// gateway (502).
/// </summary>
internal static class OpenAIErrors
{
    private const int MaxMessageLength = 2048;

    /// <summary>Longest type, code or param: they are words, and a longer one says nothing.</summary>
    private const int MaxWordLength = 256;

    /// <summary>The error of an answer that is no 2xx; null for 304, which a client's condition asks for.</summary>
    public static GatewayError? Read(UpstreamResponse answer, Operation? operation, string provider)
    {
        if (answer.IsSuccess || answer.Status == 304)
        {
            return null;
        }

        var native = Parse(answer);
        return answer.Status switch
        {
            401 or 402 or 403 or 407 => new GatewayError
            {
                // The text may name a part of the key (OpenAI's does), so it stays here.
                Kind = answer.Status is 402 or 403 ? ErrorKind.Permission : ErrorKind.Credential,
                Status = 502,
                Type = "upstream_credentials_exhausted",
                Code = "upstream_credentials_exhausted",
                Message = $"provider {provider} refused the gateway's credentials (upstream status {answer.Status})",
                UpstreamStatus = answer.Status,
                Retryable = false,
            },
            404 or 410 => native.As(ErrorKind.NotFound, answer.Status, $"resource not found ({answer.Status})"),
            405 or 501 => GatewayError.Unsupported(operation, provider) with { Status = answer.Status, UpstreamStatus = answer.Status },
            408 or 504 => native.As(ErrorKind.Deadline, answer.Status, $"provider server error ({answer.Status})", "server_error"),
            409 => native.As(ErrorKind.Conflict, 409, "the request conflicts with the state of the resource (409)"),
            429 => native.As(ErrorKind.Quota, 429, "rate limit exceeded (429)", "rate_limit_error"),
            507 => native.As(ErrorKind.Upstream, 507, "the provider has no storage left (507)", "server_error") with { Retryable = false },
            >= 400 and < 500 => native.As(ErrorKind.Caller, answer.Status, $"the provider refused the request ({answer.Status})"),
            >= 300 and < 400 => GatewayError.BadUpstream(
                $"provider {provider} answered with a redirect ({answer.Status}), which is never followed", answer.Status) with { Retryable = false },
            > 500 and < 600 => native.As(ErrorKind.Upstream, answer.Status, $"provider server error ({answer.Status})", "server_error"),
            _ => native.As(ErrorKind.Upstream, 502, $"provider server error ({answer.Status})", "server_error"),
        };
    }

    private static Native Parse(UpstreamResponse answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            return Say(answer, document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return new Native(answer, Plain(answer.Body.Span));
        }
    }

    /// <summary>
    /// OpenAI's envelope, and what servers of its shape say instead: <c>{"error":"…"}</c>, Azure's gateway tier
    /// <c>{"statusCode":404,"message":"…"}</c>, FastAPI's <c>{"detail":…}</c>, a problem document (RFC 9457: <c>detail</c>, else <c>title</c>), or a
    /// JSON string.
    /// </summary>
    private static Native Say(UpstreamResponse answer, JsonElement said)
    {
        if (said.ValueKind == JsonValueKind.String)
        {
            return new Native(answer, said.GetString());
        }

        if (said.ValueKind != JsonValueKind.Object)
        {
            return new Native(answer);
        }

        if (said.TryGetProperty("error", out var error) && error.ValueKind is JsonValueKind.Object or JsonValueKind.String)
        {
            return Say(answer, error);
        }

        var envelope = new Native(answer, Text(said, "message"), Text(said, "type"), Text(said, "code"), Text(said, "param"));
        if (envelope.Message is not null)
        {
            return envelope;
        }

        if (said.TryGetProperty("detail", out var detail) && detail.ValueKind != JsonValueKind.Null)
        {
            return detail.ValueKind == JsonValueKind.Array ? Mistake(answer, detail.EnumerateArray().FirstOrDefault()) : Say(answer, detail);
        }

        // The type of a problem document is an address.
        return Text(said, "title") is { } title ? new Native(answer, title) : envelope;
    }

    /// <summary>A finding of FastAPI's validation: <c>{"loc":["body","name"],"msg":"Field required","type":"missing"}</c>.</summary>
    private static Native Mistake(UpstreamResponse answer, JsonElement finding)
    {
        if (finding.ValueKind != JsonValueKind.Object)
        {
            return new Native(answer);
        }

        // The first step is the place in the request: body, query, path.
        var steps = finding.TryGetProperty("loc", out var loc) && loc.ValueKind == JsonValueKind.Array
            ? loc.EnumerateArray().Skip(1).Select(step => step.ToString())
            : [];
        var param = string.Join('.', steps);
        return new Native(answer, Text(finding, "msg"), Param: param.Length > 0 ? param : null);
    }

    /// <summary>A short text that is no markup, or null.</summary>
    private static string? Plain(ReadOnlySpan<byte> body)
    {
        if (body.Length > MaxMessageLength || !Utf8.IsValid(body))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(body).Trim();
        return text is ['<' or '{' or '[', ..] || text.Any(character => char.IsControl(character) && character is not ('\r' or '\n' or '\t'))
            ? null
            : text;
    }

    private static string? Text(JsonElement error, string member) =>
        !error.TryGetProperty(member, out var value) ? null : value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };

    /// <summary>A sentence a client may see: no markup, no stack trace, no novel.</summary>
    private static string? Presentable(string? message)
    {
        if (string.IsNullOrWhiteSpace(message) || message.Contains("<html", StringComparison.OrdinalIgnoreCase)
            || message.Contains("<!doctype", StringComparison.OrdinalIgnoreCase) || message.Contains("\n   at ", StringComparison.Ordinal)
            || message.Contains("Traceback (most recent", StringComparison.Ordinal))
        {
            return null;
        }

        return message.Length <= MaxMessageLength ? message : string.Concat(message.AsSpan(0, MaxMessageLength), "…");
    }

    private static string? Word(string? text) => text?.Length <= MaxWordLength ? Presentable(text) : null;

    private readonly record struct Native(
        UpstreamResponse Response, string? Message = null, string? Type = null, string? Code = null, string? Param = null)
    {
        public GatewayError As(ErrorKind kind, int status, string fallback, string type = "invalid_request_error") => new()
        {
            Kind = kind,
            Status = status,
            Message = Presentable(Message) ?? fallback,
            Type = Word(Type) ?? type,
            Code = Word(Code),
            Param = Word(Param),
            RetryAfter = Response.RetryAfter,
            UpstreamStatus = Response.Status,
        };
    }
}
