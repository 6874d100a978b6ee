namespace Gateway.Docs;

/// <summary>The description of the API, for machines at <see cref="DocumentPath"/> and for people at <see cref="PagePath"/>.</summary>
internal static class DocsSetup
{
    public const string DocumentName = "v1";
    public const string DocumentPath = "/openapi/v1.json";
    public const string PagePath = "/docs";

    public static void AddDocs(this IServiceCollection services)
    {
        services.AddOpenApi(DocumentName, options => options.AddDocumentTransformer(ApiDocument.WriteAsync));
        services.AddSingleton<ServedDocument>();
    }

    /// <summary>Maps both; nothing is generated before somebody asks.</summary>
    public static void MapDocs(this WebApplication app)
    {
        app.MapMethods(
            DocumentPath, [HttpMethods.Get, HttpMethods.Head], http => http.RequestServices.GetRequiredService<ServedDocument>().AnswerAsync(http));
        ReferencePage.Map(app);
    }
}
