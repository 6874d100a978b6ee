using Gateway.Providers.Contract;
using Gateway.Surface;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Docs;

/// <summary>
/// Writes the document from the mapped endpoints: every endpoint that carries an <see cref="Operation"/> and a <see cref="Door"/> becomes an entry,
/// with the words of its <see cref="OperationPage"/>. What is not mapped cannot be described, and the other way round.
/// </summary>
internal static class ApiDocument
{
    private const string Introduction =
        """
        Sandbox containers and their files, at many providers behind one API.

        **Two doors.** `/v1/containers…` is the native door, `/openai/v1/containers…` the one for OpenAI clients, which change their base URL and
        nothing else. (`/openai/containers…` is the same door without the version.) Both run the same code; they differ in the provider a call gets
        that names none.

        **Provider.** A call names it in the query, in the body, in a multipart text field before the file, or in the header `x-bf-provider`. Saying it
        twice is fine, contradicting oneself is a 400. When it is absent, calls by id go to the owner of the container; other calls go to
        the door's default.

        **Answers** are the provider's JSON, unknown members included, with `extra_fields` added. Success is always 200. Members a provider does not
        have are absent.

        **Errors** have one envelope, `ErrorResponse`, whatever the door and the provider. A method that a path does not have is a 405 with `Allow`.

        **Headers for the provider.** A request header `x-bf-eh-NAME` is sent to the provider as `NAME`, unless it would carry a credential.
        The provider's `x-ratelimit-*` and `openai-*` answer headers come back under their own names.
        """;

    public static Task WriteAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Gateway: Containers API",
            Summary = "Sandbox containers and their files, at many providers behind one API.",
            Description = Introduction,
            Version = typeof(ApiDocument).Assembly.GetName().Version!.ToString(3),
        };
        document.Servers = [new OpenApiServer { Url = "/", Description = "This gateway" }];
        document.Tags = DoorTags.All.Select(tag => new OpenApiTag { Name = tag.Name, Description = tag.Description }).ToHashSet();
        EnvelopeSchemas.AddTo(document);
        ContainerSchemas.AddTo(document);
        FileSchemas.AddTo(document);
        Parameters.AddTo(document);
        Answers.AddTo(document);
        document.Paths = Paths(context.ApplicationServices.GetRequiredService<EndpointDataSource>(), document);
        return Task.CompletedTask;
    }

    private static OpenApiPaths Paths(EndpointDataSource source, OpenApiDocument document)
    {
        var paths = new OpenApiPaths();
        foreach (var endpoint in source.Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<Operation>() is not { } operation
                || endpoint.Metadata.GetMetadata<Door>() is not { } door
                || endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is { ExcludeFromDescription: true })
            {
                continue;
            }

            var route = endpoint.RoutePattern.RawText!;
            if (!paths.TryGetValue(route, out var item))
            {
                paths[route] = item = new OpenApiPathItem { Operations = [] };
            }

            item.Operations![new HttpMethod(operation.Method)] = OperationWriter.Write(OperationPage.Of(operation), door, document);
        }

        return paths;
    }
}
