using System.Collections.Immutable;
using Gateway.Providers.Contract;
using Gateway.Surface;

namespace Gateway.Docs;

/// <summary>Chapters of the reference page.</summary>
internal static class DoorTags
{
    public const string Containers = "Containers";
    public const string Files = "Container files";
    public const string DropIn = "OpenAI drop-in";

    public static readonly ImmutableArray<(string Name, string Description)> All =
    [
        (Containers, "Make, find and remove sandbox containers."),
        (Files, "Put files into a container, and get them out."),
        (DropIn, "The same nine operations for clients of OpenAI: set the base URL to `/openai/v1` and change nothing else."),
    ];

    public static string Of(Operation operation, Door door) =>
        door.IsDropIn ? DropIn : operation.Route.Contains("/files", StringComparison.Ordinal) ? Files : Containers;
}
