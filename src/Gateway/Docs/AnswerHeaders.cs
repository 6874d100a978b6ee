using System.Collections.Immutable;
using Microsoft.OpenApi;

namespace Gateway.Docs;

/// <summary>Headers of answers: each written once, as a component.</summary>
internal static class AnswerHeaders
{
    public static readonly ImmutableArray<string> OfSuccess =
    [
        "x-request-id", "x-bifrost-request-id", "x-bifrost-request-type", "x-bifrost-provider", "x-bifrost-routing-info-provider",
        "x-bifrost-routing-info-key", "x-bifrost-upstream-latency-ms", "x-upstream-request-id",
    ];

    public static readonly ImmutableArray<string> OfError = [.. OfSuccess, "x-should-retry"];

    public static readonly ImmutableArray<string> OfWaiting = [.. OfError, "Retry-After", "retry-after-ms"];

    public static readonly ImmutableArray<string> OfContent =
        ["Content-Length", "Content-Disposition", "ETag", "Last-Modified", "Accept-Ranges"];

    public static readonly ImmutableArray<string> OfList = ["ETag", "Age", "Warning"];

    private static readonly (string Name, JsonSchemaType Type, string Description)[] s_all =
    [
        ("x-request-id", JsonSchemaType.String, "Id of this request, the caller's own if it sent a well formed one. Quote it when you ask for help."),
        ("x-bifrost-request-id", JsonSchemaType.String, "The same id, under Bifrost's name."),
        ("x-bifrost-request-type", JsonSchemaType.String, "The operation, e.g. `container_create`."),
        ("x-bifrost-provider", JsonSchemaType.String, "The configured provider that served the call; absent when none was asked."),
        ("x-bifrost-routing-info-provider", JsonSchemaType.String, "The same provider, under its newer name."),
        ("x-bifrost-routing-info-key", JsonSchemaType.String, "Configured name of the account that served the call."),
        ("x-bifrost-upstream-latency-ms", JsonSchemaType.Number, "Milliseconds the call spent at the provider."),
        ("x-upstream-request-id", JsonSchemaType.String, "The provider's own id of the exchange."),
        ("x-should-retry", JsonSchemaType.String, "`false` when repeating the request may do harm or cannot help."),
        ("Retry-After", JsonSchemaType.Integer, "Seconds to wait before the request is repeated."),
        ("retry-after-ms", JsonSchemaType.Integer, "The same wait in milliseconds; absent when only seconds are known."),
        ("Content-Length", JsonSchemaType.Integer, "Bytes of the body, where the provider says so."),
        ("Content-Disposition", JsonSchemaType.String, "File name, where the provider says so."),
        ("Content-Range", JsonSchemaType.String, "Which part of the file this is."),
        ("ETag", JsonSchemaType.String, "Version of the file, where the provider says so, or of the list."),
        ("Age", JsonSchemaType.Integer, "Seconds since the provider gave the list; absent when it did so for this request."),
        ("Warning", JsonSchemaType.String, "`111` when the list is older than it should be, because the provider failed."),
        ("Last-Modified", JsonSchemaType.String, "Time of the file's last change, where the provider says so."),
        ("Accept-Ranges", JsonSchemaType.String, "`bytes` where the provider knows ranges."),
    ];

    public static void AddTo(OpenApiDocument document)
    {
        foreach (var (name, type, description) in s_all)
        {
            document.AddComponent(name, new OpenApiHeader { Description = description, Schema = new OpenApiSchema { Type = type } });
        }
    }

    public static Dictionary<string, IOpenApiHeader> References(IEnumerable<string> names, OpenApiDocument document) =>
        names.ToDictionary(name => name, IOpenApiHeader (name) => new OpenApiHeaderReference(name, document));
}
