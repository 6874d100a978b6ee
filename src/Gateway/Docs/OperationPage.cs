using System.Collections.Frozen;
using System.Collections.Immutable;
using Gateway.Providers.Contract;

namespace Gateway.Docs;

/// <summary>One form a request body may take.</summary>
internal sealed record BodyForm(string MediaType, string Schema, string DropInSchema, string Example, string DropInExample);

/// <summary>What the document says about one operation, whatever the door. Ids are those of the product's own document.</summary>
internal sealed record OperationPage(
    Operation Operation, string Id, string Summary, string Description, string? AnswerSchema, string? AnswerExample)
{
    private static readonly ImmutableArray<string> s_always = ["400", "404", "429", "502", "503", "504", "default"];

    private static readonly FrozenDictionary<Operation, OperationPage> s_all = All().ToFrozenDictionary(page => page.Operation);

    public ImmutableArray<BodyForm> Bodies { get; init; } = [];

    /// <summary>Statuses of refusals, in order; <c>default</c> is every other one.</summary>
    public ImmutableArray<string> Errors { get; private init; } = s_always;

    public static OperationPage Of(Operation operation) => s_all[operation];

    private static IEnumerable<OperationPage> All() =>
    [
        new(Operation.ContainerCreate, "createContainer", "Create a container",
            """
            Makes a container at the provider. A create is never repeated by the gateway once the provider may have seen it, so that no container
            is made twice: when its answer is lost, the error is `create_outcome_unknown` (502 or 504, `x-should-retry: false`), and the container may
            exist. With an `Idempotency-Key` (up to 255 characters, remembered for 10 minutes) a repetition gets the same container.
            Members the gateway does not know are sent to providers that speak this API natively.
            """,
            "ContainerCreateResponse", Examples.CreatedContainer)
        {
            Bodies =
            [
                new("application/json", "ContainerCreateRequest", "OpenAIContainerCreateRequest",
                    Examples.NewContainer, Examples.NewContainerDropIn),
            ],
            Errors = ["400", "404", "409", "413", "415", "429", "502", "503", "504", "default"],
        },
        new(Operation.ContainerList, "listContainers", "List containers",
            """
            A page of the provider's containers, over all its accounts, by creation time. `last_id` is the `after` of the next page. Lists may be
            answered from a cache of a few seconds; a change made through this gateway shows at once.
            """,
            "ContainerListResponse", Examples.ContainerPage),
        new(Operation.ContainerRetrieve, "retrieveContainer", "Retrieve a container",
            "The container as the provider describes it.",
            "ContainerRetrieveResponse", Examples.RetrievedContainer),
        new(Operation.ContainerDelete, "deleteContainer", "Delete a container",
            "Removes the container and its files.",
            "ContainerDeleteResponse", Examples.DeletedContainer) { Errors = s_always.Insert(2, "409") },
        new(Operation.ContainerFileCreate, "createContainerFile", "Create a file in a container",
            """
            Either an upload (`multipart/form-data` with a part `file`) or a reference to a file the provider already has (`file_id`, as JSON or as a
            multipart field). Uploads are streamed to the provider as they arrive; file name and part content type are kept.
            """,
            "ContainerFileCreateResponse", Examples.CreatedFile)
        {
            Bodies =
            [
                new("multipart/form-data", "ContainerFileCreateMultipartRequest", "ContainerFileCreateMultipartRequest",
                    Examples.Upload, Examples.Upload),
                new("application/json", "ContainerFileCreateJsonRequest", "ContainerFileCreateJsonRequest",
                    Examples.FileReference, Examples.FileReference),
            ],
            Errors = ["400", "404", "409", "413", "415", "429", "502", "503", "504", "default"],
        },
        new(Operation.ContainerFileList, "listContainerFiles", "List files of a container",
            "A page of the container's files, by creation time. `last_id` is the `after` of the next page.",
            "ContainerFileListResponse", Examples.FilePage),
        new(Operation.ContainerFileRetrieve, "retrieveContainerFile", "Retrieve a file's description",
            "What is known about the file; its bytes are at `/content`.",
            "ContainerFileRetrieveResponse", Examples.RetrievedFile),
        new(Operation.ContainerFileContent, "getContainerFileContent", "Download a file",
            """
            The bytes of the file, streamed. `Range` and the conditional headers are passed on; a provider that knows ranges answers 206.
            """,
            null, null) { Errors = s_always.Insert(2, "412").Insert(3, "416") },
        new(Operation.ContainerFileDelete, "deleteContainerFile", "Delete a file",
            "Removes the file from the container.",
            "ContainerFileDeleteResponse", Examples.DeletedFile) { Errors = s_always.Insert(2, "409") },
    ];
}
