using Microsoft.OpenApi;

namespace Gateway.Docs;

/// <summary>What the gateway itself adds to answers, and its errors.</summary>
internal static class EnvelopeSchemas
{
    public static void AddTo(OpenApiDocument document)
    {
        document.AddComponent("ModelProvider", new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            MinLength = 1,
            MaxLength = 64,
            Description =
                "Name of a provider as the operator configured it: a built-in one (`openai`, `azure`, `local`, `docker`, `bedrock`, …) or their own.",
        });
        document.AddComponent("BifrostResponseExtraFields", Shape.Object("What the gateway says about the exchange", Exchange(document,
        [
            ("chunk_index", Shape.Integer("Always 0; containers do not stream events")),
            ("cache_debug", new OpenApiSchemaReference("BifrostCacheDebug", document)),
        ])));
        document.AddComponent("BifrostErrorExtraFields", Shape.Object("What the gateway says about the failed exchange", Exchange(document,
        [
            ("error_type", Shape.Text("Whose fault it is and of what kind, e.g. `caller_invalid_request`, `provider_rate_limited`")),
            ("retry_after", Shape.Int64("Milliseconds to wait before the request is repeated")),
        ])));
        document.AddComponent("RoutingInfo", Shape.Object("Who served the call",
        [
            ("provider", new OpenApiSchemaReference("ModelProvider", document)),
            ("key", Shape.Text("Configured name of the account")),
            ("attempts", Shape.Integer("Exchanges it took, when more than one")),
        ]));
        document.AddComponent("BifrostCacheDebug", Shape.Object("Whether a list came from the cache",
        [
            ("cache_hit", Shape.Flag("Whether it did")),
            ("cache_id", Shape.Text("Opaque name of the cache entry")),
            ("age_ms", Shape.Int64("Milliseconds since the provider gave the answer")),
            ("ttl_ms", Shape.Int64("Milliseconds the answer is kept for")),
            ("stale", Shape.Flag("Present when the answer is older than that, and served because the provider failed")),
        ]));
        document.AddComponent("ErrorField", Shape.Object("The error, in the members OpenAI's clients read",
        [
            ("type", Shape.Text("Class of the error, e.g. `invalid_request_error`")),
            ("code", Shape.OptionalText("Stable code, e.g. `unsupported_operation`")),
            ("message", Shape.Text("The sentence for a person")),
            ("param", Shape.OptionalText("The member or parameter at fault")),
        ],
        "type", "code", "message", "param"));
        document.AddComponent("ErrorResponse", Shape.Object("The envelope of every error",
        [
            ("event_id", Shape.Text("The request's id, as in `x-request-id`")),
            ("is_bifrost_error", Shape.Flag("Whether the gateway itself gave up, rather than the caller or the provider being at fault")),
            ("status_code", Shape.Integer("The HTTP status")),
            ("error", new OpenApiSchemaReference("ErrorField", document)),
            ("extra_fields", new OpenApiSchemaReference("BifrostErrorExtraFields", document)),
        ],
        "event_id", "is_bifrost_error", "status_code", "error", "extra_fields"));
    }

    private static IEnumerable<(string, IOpenApiSchema)> Exchange(OpenApiDocument document, IEnumerable<(string, IOpenApiSchema)> own) =>
    [
        ("request_type", Shape.Text("The operation, e.g. `container_create`")),
        ("provider", new OpenApiSchemaReference("ModelProvider", document)),
        ("latency", Shape.Int64("Milliseconds the call spent at the provider")),
        .. own,
        ("routing_info", new OpenApiSchemaReference("RoutingInfo", document)),
        ("raw_request", new OpenApiSchema { Description = "The provider's native request, redacted, where the operator allows it" }),
        ("raw_response", new OpenApiSchema { Description = "The provider's native answer, redacted, where the operator allows it" }),
    ];
}
