using System.Text.Json.Nodes;
using Gateway.Providers.Contract;
using Gateway.Surface;
using Microsoft.OpenApi;

namespace Gateway.Docs;

/// <summary>Turns one operation behind one door into its entry of the document.</summary>
internal static class OperationWriter
{
    public static OpenApiOperation Write(OperationPage page, Door door, OpenApiDocument document) => new()
    {
        OperationId = door.IsDropIn ? $"openai{char.ToUpperInvariant(page.Id[0])}{page.Id[1..]}" : page.Id,
        Summary = page.Summary,
        Description = page.Description,
        Tags = new HashSet<OpenApiTagReference> { new(DoorTags.Of(page.Operation, door), document) },
        Parameters = [.. Parameters.Of(page.Operation).Select(name => new OpenApiParameterReference(name, document))],
        RequestBody = page.Bodies.IsEmpty ? null : Body(page, door, document),
        Responses = Responses(page, document),
    };

    private static OpenApiRequestBody Body(OperationPage page, Door door, OpenApiDocument document) => new()
    {
        Required = true,
        Content = page.Bodies.ToDictionary(form => form.MediaType, form => new OpenApiMediaType
        {
            Schema = new OpenApiSchemaReference(door.IsDropIn ? form.DropInSchema : form.Schema, document),
            Example = JsonNode.Parse(door.IsDropIn ? form.DropInExample : form.Example),
        }),
    };

    private static OpenApiResponses Responses(OperationPage page, OpenApiDocument document)
    {
        var responses = new OpenApiResponses();
        switch (page.Operation.Answer)
        {
            case Answer.Content:
                responses["200"] = Answers.Content(document);
                responses["206"] = Answers.PartOfContent(document);
                responses["304"] = Answers.NotModified(document);
                break;
            case Answer.List:
                responses["200"] = Answers.List(page.AnswerSchema!, page.AnswerExample!, document);
                responses["304"] = Answers.NotModified(document);
                break;
            default:
                responses["200"] = Answers.Json(page.AnswerSchema!, page.AnswerExample!, document);
                break;
        }

        foreach (var status in page.Errors)
        {
            responses[status] = new OpenApiResponseReference(Refusal.NameOf(status), document);
        }

        return responses;
    }
}
