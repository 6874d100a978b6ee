using System.Text;
using System.Text.Json;
using Gateway.Providers.Contract;

namespace Gateway.Providers.Tests.Golden;

/// <summary>
/// A folder `Provider/operation/case`: `call.json` and `response.http` go in, `request.http` and `reply.json` (or `reply.error`) must come out, byte for byte.
/// </summary>
internal sealed record GoldenCase(string Folder)
{
    public static string Root { get; } = AppContext.BaseDirectory;

    public Call Call()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "call.json")));
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

    public UpstreamResponse Native()
    {
        var text = File.ReadAllText(Path.Combine(Folder, "response.http"));
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var head = text[..end].Split('\n');
        var wait = head.Skip(1).Select(line => line.Split(": ")).FirstOrDefault(pair => pair[0] == "retry-after")?[1];
        return new UpstreamResponse(
            int.Parse(head[0].Split(' ')[0]),
            Encoding.UTF8.GetBytes(text[(end + 2)..]),
            wait is null ? null : TimeSpan.FromSeconds(int.Parse(wait)));
    }

    private static CallBody Body(JsonElement call) =>
        Text(call, "body") is { } body ? new CallBody.NewContainer(new ContainerSpec { Name = "demo" }, Encoding.UTF8.GetBytes(body))
        : Text(call, "file_reference") is { } reference
            ? new CallBody.FileReference("file-1", null, Encoding.UTF8.GetBytes(reference), "application/json")
            : CallBody.None.Instance;

    private static PageQuery Page(JsonElement call) => !call.TryGetProperty("page", out var page) ? new PageQuery() : new PageQuery
    {
        Limit = page.TryGetProperty("limit", out var limit) ? limit.GetInt32() : PageQuery.DefaultLimit,
        Order = Text(page, "order") == "asc" ? ListOrder.Ascending : ListOrder.Descending,
        After = Text(page, "after"),
        Name = Text(page, "name"),
    };

    private static string? Text(JsonElement element, string member) =>
        element.TryGetProperty(member, out var value) ? value.GetString() : null;
}
