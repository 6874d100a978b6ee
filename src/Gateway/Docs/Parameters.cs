using System.Collections.Immutable;
using Gateway.Cache;
using Gateway.Providers.Contract;
using Gateway.Surface;
using Microsoft.OpenApi;

namespace Gateway.Docs;

/// <summary>Parameters of the nine operations: each written once, as a component, and the rule which operation has which.</summary>
internal static class Parameters
{
    private static readonly ImmutableArray<string> s_page = ["limit", "order", "after"];
    private static readonly ImmutableArray<string> s_everywhere =
        ["x-bf-provider", "x-request-id", "x-bf-send-back-raw-request", "x-bf-send-back-raw-response"];

    private static readonly ImmutableArray<string> s_download =
        ["Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"];

    private static readonly ImmutableArray<string> s_list =
        ["If-None-Match", "Cache-Control", CacheWish.TtlHeader, CacheWish.NoStoreHeader];

    public static IEnumerable<string> Of(Operation operation) =>
    [
        .. PathIds(operation),
        "provider",
        .. operation.Answer == Answer.List ? s_page : [],
        .. operation == Operation.ContainerList ? ["name"] : Array.Empty<string>(),
        .. operation.Answer == Answer.Content ? s_download : [],
        .. operation.Answer == Answer.List ? s_list : [],
        .. s_everywhere,
    ];

    public static void AddTo(OpenApiDocument document)
    {
        foreach (var parameter in All(document))
        {
            document.AddComponent(parameter.Name!, parameter);
        }
    }

    private static IEnumerable<string> PathIds(Operation operation)
    {
        foreach (var id in new[] { "container_id", "file_id" })
        {
            if (operation.Route.Contains($"{{{id}}}", StringComparison.Ordinal))
            {
                yield return id;
            }
        }
    }

    private static IEnumerable<OpenApiParameter> All(OpenApiDocument document) =>
    [
        PathId("container_id", "Id of the container, as the provider gave it.", "cntr_682e0e7318108198aa783fd921ff305e"),
        PathId("file_id", "Id of the file, as the provider gave it.", "cfile_682e0e8a43c88191a7978f477a09bdf5"),
        Query("provider", "The provider to ask. See the introduction for what happens when it is absent.",
            new OpenApiSchemaReference("ModelProvider", document)),
        Query("limit", "How many objects a page may hold.",
            new OpenApiSchema
            {
                Type = JsonSchemaType.Integer, Minimum = "1", Maximum = Shape.Number(PageQuery.MaxLimit), Default = PageQuery.DefaultLimit,
            }),
        Query("order", "Order by creation time: `desc` has the newest first.",
            new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["asc", "desc"], Default = "desc" }),
        Query("after", "Continue behind this object: the `last_id` of the page before. A cursor made by Bifrost is accepted, too.",
            new OpenApiSchema { Type = JsonSchemaType.String }),
        Query("name", "Only containers with exactly this name.",
            new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = QueryReader.MaxName }),
        Header("x-bf-provider", "The provider to ask, for clients that can set neither query nor body.",
            new OpenApiSchemaReference("ModelProvider", document)),
        Header("x-request-id",
            "The caller's own id of this request, repeated in the answer and in the log. One that is not well formed is replaced.",
            new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = RequestIds.MaxLength, Pattern = "^[A-Za-z0-9._:-]+$" }),
        Header("x-bf-send-back-raw-request",
            "`true` to see the provider's native request in `extra_fields.raw_request`. Heeded where the operator allows it.", Flag()),
        Header("x-bf-send-back-raw-response",
            "`true` to see the provider's native answer in `extra_fields.raw_response`. Heeded where the operator allows it.", Flag()),
        Header("Range", "Part of the file wanted, e.g. `bytes=0-1023`."),
        Header("If-Range", "Send the part only if the file is still this one, otherwise the whole."),
        Header("If-Match", "Send the file only if it is still this one."),
        Header("If-None-Match", "Send the file or list only if it is no longer this one."),
        Header("Cache-Control",
            "`no-cache` for a list fresh from the provider, which is kept for the next; `no-store` for one that is not kept; `max-age` for one at most so old."),
        Header(CacheWish.TtlHeader, "How old a list may be and how long it is kept: seconds, or a duration such as `1m30s`, at most a day; `0` for not at all."),
        Header(CacheWish.NoStoreHeader, "`true` for a list that neither comes from the cache nor is kept there.", Flag()),
        Header("If-Modified-Since", "Send the file only if it changed since."),
        Header("If-Unmodified-Since", "Send the file only if it did not change since."),
    ];

    private static OpenApiSchema Flag() => new() { Type = JsonSchemaType.String, Enum = ["true", "false"] };

    private static OpenApiParameter PathId(string name, string description, string example) => new()
    {
        Name = name,
        In = ParameterLocation.Path,
        Required = true,
        Description = description,
        Example = example,
        Schema = new OpenApiSchema
        {
            Type = JsonSchemaType.String, MinLength = 1, MaxLength = IdRules.MaxLength, Pattern = @"^[^/\\?#%\u0000-\u001f\u007f]+$",
        },
    };

    private static OpenApiParameter Query(string name, string description, IOpenApiSchema schema) =>
        new() { Name = name, In = ParameterLocation.Query, Description = description, Schema = schema };

    private static OpenApiParameter Header(string name, string description, IOpenApiSchema? schema = null) =>
        new() { Name = name, In = ParameterLocation.Header, Description = description, Schema = schema ?? Shape.Text() };
}
