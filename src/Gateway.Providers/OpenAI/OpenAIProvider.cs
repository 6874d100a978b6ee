using System.Collections.Immutable;
using System.Globalization;
using Gateway.Providers.Contract;

namespace Gateway.Providers.OpenAI;

/// <summary>
/// The pass-through dialect: one request an operation, the client's bytes up and the provider's bytes down. <paramref name="root"/> holds the path
/// segments in front of <c>containers</c>.
/// </summary>
internal sealed class OpenAIProvider(string name, ImmutableArray<string> root) : IProvider, IFileOwner
{
    private readonly OpenAIFiles _files = new(root);
    private readonly RequestTarget _containers = RequestTarget.Of([.. root, "containers"]);

    public Plan Plan(Call call) => call.Operation.Name switch
    {
        "container_create" when call.Body is CallBody.NewContainer body =>
            Object(call, Post(call, Target(), new RequestBody.Bytes(body.Json, "application/json"))),
        "container_list" => List(call, Target()),
        "container_retrieve" => Object(call, Get(call, Target(Container(call)))),
        "container_delete" => Object(call, Delete(call, Target(Container(call)))),
        "container_file_create" when call.Body is CallBody.NewFile { Upload: var upload } =>
            Object(
                call, Post(call, Target(Container(call), "files"), new RequestBody.Streaming(upload.Raw, upload.RawContentType, upload.RawLength))),
        "container_file_create" when call.Body is CallBody.FileReference reference =>
            Object(call, Post(call, Target(Container(call), "files"), new RequestBody.Bytes(reference.Raw, reference.ContentType))),
        "container_file_list" => List(call, Target(Container(call), "files")),
        "container_file_retrieve" => Object(call, Get(call, Target(Container(call), "files", File(call)))),
        "container_file_content" => Object(call, Get(call, Target(Container(call), "files", File(call), "content")) with { Streams = true }),
        "container_file_delete" => Object(call, Delete(call, Target(Container(call), "files", File(call)))),
        _ => Contract.Plan.Unsupported.Instance,
    };

    /// <inheritdoc/>
    public GatewayError? Classify(UpstreamResponse response, Operation? operation) => OpenAIErrors.Read(response, operation, name);

    /// <inheritdoc/>
    public ValueTask<SourceFile?> FindFileAsync(string fileId, Tenant? tenant, IUpstream upstream, CancellationToken cancellationToken) =>
        _files.FindAsync(fileId, upstream, cancellationToken);

    private static string Container(Call call) => call.Container!.Value.Value;

    private static string File(Call call) => call.File!.Value.Value;

    /// <summary>
    /// What the client says beside what the gateway knows. Not its <c>api-version</c>, which Azure's own clients put on every call: this shape has
    /// none, and at Azure the account's decides.
    /// </summary>
    private static ImmutableArray<KeyValuePair<string, string>> QueryOf(Call call) =>
        call.Query.IsEmpty ? call.Query : call.Query.RemoveAll(pair => pair.Key.Equals("api-version", StringComparison.OrdinalIgnoreCase));

    private static UpstreamRequest Get(Call call, RequestTarget target) =>
        new() { Method = "GET", Target = target.With(QueryOf(call)), Idempotency = Idempotency.Safe };

    private static UpstreamRequest Delete(Call call, RequestTarget target) =>
        new() { Method = "DELETE", Target = target.With(QueryOf(call)), Idempotency = Idempotency.Delete };

    private static UpstreamRequest Post(Call call, RequestTarget target, RequestBody body) =>
        new() { Method = "POST", Target = target.With(QueryOf(call)), Body = body, Idempotency = Idempotency.Never };

    /// <summary>The limit is always said: upstreams of this shape differ in their default, the gateway's is 20.</summary>
    private static IEnumerable<KeyValuePair<string, string>> PageParameters(PageQuery page)
    {
        yield return new("limit", page.Limit.ToString(CultureInfo.InvariantCulture));
        if (page.Order == ListOrder.Ascending)
        {
            yield return new("order", "asc");
        }

        if (page.After is not null)
        {
            yield return new("after", page.After);
        }

        if (page.Name is not null)
        {
            yield return new("name", page.Name);
        }
    }

    private Plan.Forward Object(Call call, UpstreamRequest request) => new(request, answer => OpenAIResponses.Read(answer, call, name));

    private Plan.Forward List(Call call, RequestTarget target) =>
        Object(call, Get(call, target.With(PageParameters(call.Page))));

    private RequestTarget Target(params ReadOnlySpan<string> below) => _containers.Below(below);
}
