using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Gateway.Docs;

/// <summary>One status of refusal: what it means here, and an example of its body.</summary>
/// <param name="Key">Key among an operation's responses: the status, or <c>default</c>.</param>
/// <param name="Name">Name of the component.</param>
/// <param name="Description">What it means.</param>
/// <param name="Status">Status of the example.</param>
/// <param name="ErrorType">Its <c>extra_fields.error_type</c>.</param>
/// <param name="Type">Its <c>error.type</c>.</param>
/// <param name="Code">Its <c>error.code</c>.</param>
/// <param name="Message">Its <c>error.message</c>.</param>
/// <param name="Param">Its <c>error.param</c>.</param>
internal sealed record Refusal(
    string Key, string Name, string Description, int Status, string ErrorType, string Type, string? Code, string Message, string? Param = null)
{
    private const string Caller = "caller_invalid_request";
    private const string Invalid = "invalid_request_error";
    private const string Server = "server_error";

    public static readonly ImmutableArray<Refusal> All =
    [
        new("400", "BadRequest",
            "The request is wrong: a parameter, a member, the provider, or an operation the provider does not have (`unsupported_operation`).",
            400, Caller, Invalid, "missing_required_parameter", "name is required", "name"),
        new("404", "NotFound", "No such container or file, at any account of the provider.",
            404, Caller, Invalid, null, "Container with id 'cntr_682e0e7318108198aa783fd921ff305e' not found."),
        new("409", "Conflict", "The state of the container does not allow this, or a create with the same `Idempotency-Key` is still under way.",
            409, Caller, Invalid, null, "the request conflicts with the state of the resource (409)"),
        new("412", "PreconditionFailed", "The file is not the one the conditional headers speak of.",
            412, Caller, Invalid, null, "the provider refused the request (412)"),
        new("413", "PayloadTooLarge", "The body or the file is larger than the operator or the provider allows.",
            413, Caller, Invalid, "request_too_large", "request body exceeds the maximum allowed size of 537919488 bytes"),
        new("415", "UnsupportedMediaType", "The content type is none of those the operation reads.",
            415, Caller, Invalid, "unsupported_media_type",
            "Content-Type must be multipart/form-data (with a \"file\" part) or application/json (with a \"file_id\")", "Content-Type"),
        new("416", "RangeNotSatisfiable", "The file has no such range.",
            416, Caller, Invalid, null, "the provider refused the request (416)"),
        new("429", "TooManyRequests", "The provider's rate or quota is used up.",
            429, "provider_rate_limited", "rate_limit_error", "rate_limit_exceeded", "rate limit exceeded (429)"),
        new("502", "BadGateway", "The provider failed, could not be reached, refused the gateway's credential, or answered something unusable.",
            502, "provider_server_error", Server, "provider_server_error", "provider server error (500)"),
        new("503", "ServiceUnavailable", "The provider is overloaded or has no usable credential, or the gateway has no capacity right now.",
            503, "provider_overloaded", Server, null, "provider server error (503)"),
        new("504", "GatewayTimeout", "The provider did not answer in time.",
            504, "provider_timeout", "request_timed_out", "request_timed_out",
            "request timed out after 30 seconds (default is 30 seconds); "
            + "raise default_request_timeout_in_seconds in the provider's network_config to allow more"),
        new("default", "Error",
            "Any other refusal: 405 (the path has no such method; see `Allow`), 408 (the body arrived too slowly), "
            + "422 (an `Idempotency-Key` of another request), "
            + "431 (the headers are too large), 507 (the provider has no storage left).",
            405, Caller, Invalid, "method_not_allowed", "PUT is not allowed here; allowed: GET, POST"),
    ];

    public static string NameOf(string key) => All.First(refusal => refusal.Key == key).Name;

    /// <summary>The envelope, as <see cref="Surface.ErrorWriter"/> writes it.</summary>
    public JsonObject Example() => new()
    {
        ["event_id"] = "0d2c4b0e-93f1-4a55-8d6c-2f4e4d6f8f11",
        ["is_bifrost_error"] = Status == 504,
        ["status_code"] = Status,
        ["error"] = new JsonObject { ["type"] = Type, ["code"] = Code, ["message"] = Message, ["param"] = Param },
        ["extra_fields"] = new JsonObject { ["error_type"] = ErrorType },
    };
}
