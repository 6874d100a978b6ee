namespace Gateway.Docs;

/// <summary>The description of the API, for machines at <see cref="DocumentPath"/> and for people at <see cref="PagePath"/>.</summary>
internal static class DocsSetup
{
    public const string DocumentName = "v1";
    public const string DocumentPath = "/openapi/v1.json";
    public const string PagePath = "/docs";

    /// <summary>Maps both; nothing is read before somebody asks.</summary>
    public static void MapDocs(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods(DocumentPath, [HttpMethods.Get, HttpMethods.Head], ServedDocument.AnswerAsync);
        ReferencePage.Map(routes);
    }
}
