using Microsoft.OpenApi;

namespace Gateway.Docs;

/// <summary>Schemas of containers. Names, types and required lists are those of the product's schema document; what is added stands at the end.</summary>
internal static class ContainerSchemas
{
    public static void AddTo(OpenApiDocument document)
    {
        document.AddComponent("ContainerStatus", new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Description = "The status of a container. What a provider says passes unchanged, so more values than these may come.",
            Examples = ["running", "active", "expired", "deleted"],
        });
        document.AddComponent("ContainerExpiresAfter", Shape.Object("When a container expires",
        [
            ("anchor", Shape.Text("The moment from which is counted (e.g. `last_active_at`)")),
            ("minutes", Shape.Integer("Number of minutes after the anchor")),
        ]));
        document.AddComponent("ContainerObject", Shape.Object("A container", Members(document)));
        document.AddComponent("ContainerCreateRequest", Shape.Object(
            "A container to make. `provider` may also stand in the query or in `x-bf-provider`, and may be left out where the operator configured "
            + "a default provider.",
            [("provider", new OpenApiSchemaReference("ModelProvider", document)), .. Wishes(document)], "provider", "name"));
        document.AddComponent("OpenAIContainerCreateRequest", Shape.Object(
            "A container to make, as OpenAI's clients ask for it. `provider` may name another provider than the door's own.",
            [.. Wishes(document), ("provider", new OpenApiSchemaReference("ModelProvider", document))], "name"));
        document.AddComponent("ContainerCreateResponse", Shape.Object("The container made", [.. Members(document), Envelope(document)]));
        document.AddComponent("ContainerRetrieveResponse", Shape.Object("The container", [.. Members(document), Envelope(document)]));
        document.AddComponent("ContainerListResponse", Page("ContainerObject", "containers", document));
        document.AddComponent("ContainerDeleteResponse", Deletion("container", "container.deleted", document));
    }

    /// <summary>The member every successful answer has.</summary>
    public static (string Name, IOpenApiSchema Schema) Envelope(OpenApiDocument document) =>
        ("extra_fields", new OpenApiSchemaReference("BifrostResponseExtraFields", document));

    public static OpenApiSchema Page(string item, string what, OpenApiDocument document) => Shape.Object($"A page of {what}",
    [
        ("object", Shape.Text("Always `list`")),
        ("data", Shape.List(new OpenApiSchemaReference(item, document), $"The {what} of this page")),
        ("first_id", Shape.OptionalText("Id of the first object of the page; null when it is empty")),
        ("last_id", Shape.OptionalText("Id of the last object of the page, the `after` of the next one; null when it is empty")),
        ("has_more", Shape.Flag("Whether another page follows")),
        Envelope(document),
    ]);

    public static OpenApiSchema Deletion(string what, string type, OpenApiDocument document) => Shape.Object($"What became of the {what}",
    [
        ("id", Shape.Text($"Id of the deleted {what}")),
        ("object", Shape.Text($"Always `{type}`")),
        ("deleted", Shape.Flag("Whether it is gone")),
        Envelope(document),
    ]);

    private static IEnumerable<(string, IOpenApiSchema)> Members(OpenApiDocument document) =>
    [
        ("id", Shape.Text("The provider's id of the container")),
        ("object", Shape.Text("Always `container`")),
        ("name", Shape.Text("Name of the container")),
        ("created_at", Shape.Int64("Unix seconds of its creation")),
        ("status", new OpenApiSchemaReference("ContainerStatus", document)),
        ("expires_after", new OpenApiSchemaReference("ContainerExpiresAfter", document)),
        ("last_active_at", Shape.Int64("Unix seconds of its last activity")),
        ("memory_limit", Shape.Text("Memory limit (e.g. `1g`, `4g`)")),
        ("metadata", Shape.Map("The caller's own labels")),
        ("network_policy", Shape.Opaque("Which network access the container has, where the provider says so")),
    ];

    private static IEnumerable<(string, IOpenApiSchema)> Wishes(OpenApiDocument document) =>
    [
        ("name", new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, Description = "Name of the container" }),
        ("expires_after", new OpenApiSchemaReference("ContainerExpiresAfter", document)),
        ("file_ids", Shape.List(Shape.Text(), "Ids of files the provider already has, to copy into the container")),
        ("memory_limit", Shape.Text("Memory limit (e.g. `1g`, `4g`)")),
        ("metadata", Shape.Map("The caller's own labels")),
        ("network_policy", Shape.Opaque("Which network access the container gets: `{\"type\":\"disabled\"}`, or `allowlist` with `allowed_domains`")),
        ("skills", Shape.List(Shape.Opaque("A skill, by reference or inline"), "Skills to put into the container, where the provider has them")),
    ];
}
