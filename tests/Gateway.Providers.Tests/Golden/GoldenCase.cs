using System.Text;
using System.Text.Json;
using Gateway.Providers.Contract;
using Gateway.Providers.Tests.Translation;

namespace Gateway.Providers.Tests.Golden;

/// <summary>
/// A folder <c>Dialect/operation/case</c>. What goes in is <c>call.json</c> and the provider's answers; what must come out is each request and the
/// reply, <c>reply.json</c>, <c>reply.error</c>, <c>reply.content</c> or <c>reply.streamed</c>. One exchange is <c>request.http</c> and
/// <c>response.http</c>, those of a recipe are numbered, <c>1.request.http</c>, <c>1.response.http</c>, and so on; <c>2.response.error</c> is an
/// exchange that failed. A dialect's own section of the config file, where it has one, is <c>Dialect/section.json</c>.
/// </summary>
/// <param name="Folder">Absolute path.</param>
internal sealed record GoldenCase(string Folder)
{
    /// <summary>Where the fixtures of all dialects are.</summary>
    public static string Root { get; } = AppContext.BaseDirectory;

    /// <summary>Folders of all cases, relative to <see cref="Root"/>.</summary>
    public static IEnumerable<string> All =>
        Directory.EnumerateFiles(Root, "call.json", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, Path.GetDirectoryName(file)!)).Order(StringComparer.Ordinal);

    /// <summary>The dialect whose folder this is in.</summary>
    public Dialect Dialect => ProviderCatalog.All.Single(dialect => PlanTables.FolderOf(dialect) == Path.GetRelativePath(Root, Folder).Split('/')[0]);

    /// <summary>What the dialect makes of its section, or null.</summary>
    public object? Options()
    {
        var path = Path.Combine(Root, PlanTables.FolderOf(Dialect), "section.json");
        using var section = File.Exists(path) ? JsonDocument.Parse(File.ReadAllBytes(path)) : null;
        return section is null ? null : Dialect.Section!.Read(section.RootElement);
    }

    /// <summary>The call.</summary>
    public Call Call()
    {
        using var file = Parse();
        var call = file.RootElement;
        ContainerId? container = null;
        if (Text(call, "container") is { } id)
        {
            Assert.True(ContainerId.TryParse(id, out var parsed, out var reason), reason);
            container = parsed;
        }

        FileId? fileId = null;
        if (Text(call, "file") is { } fid)
        {
            Assert.True(FileId.TryParse(fid, out var parsed, out var reason), reason);
            fileId = parsed;
        }

        return new Call
        {
            Operation = Operation.Find(Text(call, "operation")!)!,
            Provider = Text(call, "provider")!,
            Container = container,
            File = fileId,
            Page = Page(call),
            Query = call.TryGetProperty("query", out var query)
                ? [.. query.EnumerateArray().Select(pair => new KeyValuePair<string, string>(pair[0].GetString()!, pair[1].GetString()!))]
                : [],
            Body = Body(call),
        };
    }

    /// <summary>Files that other providers own: text by id, each called after its id.</summary>
    public IReadOnlyDictionary<string, string> ForeignFiles()
    {
        using var file = Parse();
        return file.RootElement.TryGetProperty("foreign_files", out var files) ? files.Deserialize<Dictionary<string, string>>()! : [];
    }

    private static CallBody Body(JsonElement call) =>
        call.TryGetProperty("spec", out var spec) ? new CallBody.NewContainer(Spec(spec), default)
        : Text(call, "body") is { } body ? new CallBody.NewContainer(new ContainerSpec { Name = "demo" }, Encoding.UTF8.GetBytes(body))
        : call.TryGetProperty("reference", out var reference)
            ? new CallBody.FileReference(Text(reference, "file_id")!, Text(reference, "file_path"), default, "application/json")
        : Text(call, "file_reference") is { } raw
            ? new CallBody.FileReference("file-1", null, Encoding.UTF8.GetBytes(raw), "application/json")
        : call.TryGetProperty("upload", out var upload) ? new CallBody.NewFile(Upload(upload))
        : CallBody.None.Instance;

    private static ContainerSpec Spec(JsonElement spec) => new()
    {
        Name = Text(spec, "name")!,
        MemoryLimit = Text(spec, "memory_limit"),
        ExpiresAfter = spec.TryGetProperty("minutes", out var minutes) ? new ExpiresAfter("last_active_at", minutes.GetInt64()) : null,
        FileIds = spec.TryGetProperty("file_ids", out var ids) ? [.. ids.EnumerateArray().Select(id => id.GetString()!)] : [],
        Metadata = spec.TryGetProperty("metadata", out var pairs)
            ? [.. pairs.EnumerateObject().Select(pair => new KeyValuePair<string, string>(pair.Name, pair.Value.GetString()!))]
            : [],
        NetworkPolicy = spec.TryGetProperty("network_policy", out var policy)
            ? (ReadOnlyMemory<byte>?)Encoding.UTF8.GetBytes(policy.GetRawText())
            : null,
    };

    private static TestUpload Upload(JsonElement upload) => new(Text(upload, "content")!)
    {
        Name = Text(upload, "name"),
        First = new UploadFields(Text(upload, "file_path"), Text(upload, "file_id")),
        MaxLength = upload.TryGetProperty("max_length", out var length) ? length.GetInt64() : null,
    };

    private static PageQuery Page(JsonElement call) => !call.TryGetProperty("page", out var page) ? new PageQuery() : new PageQuery
    {
        Limit = page.TryGetProperty("limit", out var limit) ? limit.GetInt32() : PageQuery.DefaultLimit,
        Order = Text(page, "order") == "asc" ? ListOrder.Ascending : ListOrder.Descending,
        After = Text(page, "after"),
        Name = Text(page, "name"),
    };

    private static string? Text(JsonElement element, string member) =>
        element.TryGetProperty(member, out var value) ? value.GetString() : null;

    private JsonDocument Parse() => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "call.json")));
}
