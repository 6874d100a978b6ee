using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Gateway.Docs;

/// <summary>Answers and their headers.</summary>
internal static class Answers
{
    public static void AddTo(OpenApiDocument document)
    {
        AnswerHeaders.AddTo(document);
        foreach (var refusal in Refusal.All)
        {
            document.AddComponent(refusal.Name, Error(refusal, document));
        }
    }

    public static OpenApiResponse Json(string schema, string example, OpenApiDocument document) => new()
    {
        Description = document.Components!.Schemas![schema].Description,
        Headers = AnswerHeaders.References(AnswerHeaders.OfSuccess, document),
        Content = Body("application/json", new OpenApiSchemaReference(schema, document), JsonNode.Parse(example)),
    };

    public static OpenApiResponse List(string schema, string example, OpenApiDocument document)
    {
        var answer = Json(schema, example, document);
        answer.Headers = AnswerHeaders.References([.. AnswerHeaders.OfSuccess, .. AnswerHeaders.OfList], document);
        return answer;
    }

    public static OpenApiResponse Content(OpenApiDocument document) => new()
    {
        Description = "The whole file. The content type is the provider's; `application/octet-stream` when it gives none.",
        Headers = AnswerHeaders.References([.. AnswerHeaders.OfSuccess, .. AnswerHeaders.OfContent], document),
        Content = Body("application/octet-stream", Bytes(), null),
    };

    public static OpenApiResponse PartOfContent(OpenApiDocument document) => new()
    {
        Description = "The part of the file that was asked for.",
        Headers = AnswerHeaders.References([.. AnswerHeaders.OfSuccess, .. AnswerHeaders.OfContent, "Content-Range"], document),
        Content = Body("application/octet-stream", Bytes(), null),
    };

    public static OpenApiResponse NotModified(OpenApiDocument document) => new()
    {
        Description = "It is still what the client has.",
        Headers = AnswerHeaders.References([.. AnswerHeaders.OfSuccess, "ETag"], document),
    };

    private static OpenApiResponse Error(Refusal refusal, OpenApiDocument document) => new()
    {
        Description = refusal.Description,
        Headers = AnswerHeaders.References(refusal.Status is 429 or 503 ? AnswerHeaders.OfWaiting : AnswerHeaders.OfError, document),
        Content = Body("application/json", new OpenApiSchemaReference("ErrorResponse", document), refusal.Example()),
    };

    private static Dictionary<string, OpenApiMediaType> Body(string type, IOpenApiSchema schema, JsonNode? example) =>
        new() { [type] = new OpenApiMediaType { Schema = schema, Example = example } };

    private static OpenApiSchema Bytes() => new() { Type = JsonSchemaType.String, Format = "binary" };
}
