using Microsoft.OpenApi;

namespace Gateway.Docs;

/// <summary>Schemas of container files. Names, types and required lists are those of the product's schema document; what is added stands at the end.</summary>
internal static class FileSchemas
{
    public static void AddTo(OpenApiDocument document)
    {
        document.AddComponent("ContainerFileObject", Shape.Object("A file within a container", Members()));
        document.AddComponent("ContainerFileCreateMultipartRequest", Shape.Object(
            "An upload (`file`) or a reference (`file_id` without `file`). Text fields that precede the file are read before its first byte is sent on.",
            [
                ("file", new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary", Description = "The bytes of the file" }),
                ("file_path", Shape.Text("Path for the file within the container")),
                ("file_id", Shape.Text("Id of a file the provider already has, instead of `file`")),
                ("provider", new OpenApiSchemaReference("ModelProvider", document)),
            ]));
        document.AddComponent("ContainerFileCreateJsonRequest", Shape.Object(
            "A reference to a file the provider already has",
            [
                ("file_id", new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, Description = "Id of the file to copy into the container" }),
                ("file_path", Shape.Text("Path for the file within the container")),
                ("provider", new OpenApiSchemaReference("ModelProvider", document)),
            ],
            "file_id"));
        document.AddComponent("ContainerFileCreateResponse", Shape.Object(
            "The file made", [.. Members(), ContainerSchemas.Envelope(document)]));
        document.AddComponent("ContainerFileRetrieveResponse", Shape.Object(
            "The file's description", [.. Members(), ContainerSchemas.Envelope(document)]));
        document.AddComponent("ContainerFileListResponse", ContainerSchemas.Page("ContainerFileObject", "files", document));
        document.AddComponent("ContainerFileDeleteResponse", ContainerSchemas.Deletion("file", "container.file.deleted", document));
    }

    private static IEnumerable<(string, IOpenApiSchema)> Members() =>
    [
        ("id", Shape.Text("The provider's id of the file")),
        ("object", Shape.Text("Always `container.file`")),
        ("container_id", Shape.Text("Id of the container the file belongs to")),
        ("path", Shape.Text("Path of the file within the container")),
        ("bytes", Shape.Int64("Size of the file in bytes")),
        ("created_at", Shape.Int64("Unix seconds of its creation")),
        ("source", Shape.Text("Where the file came from (e.g. `user`, `assistant`)")),
    ];
}
