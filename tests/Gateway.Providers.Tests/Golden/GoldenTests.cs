using System.Globalization;
using System.Text;
using Gateway.Providers.Contract;

namespace Gateway.Providers.Tests.Golden;

/// <summary>Translation is byte-exact. `UPDATE_GOLDEN=1` writes what came out into the source tree, to be read before it is committed.</summary>
public sealed class GoldenTests
{
    public static TheoryData<string> Cases =>
        [.. Directory.EnumerateFiles(GoldenCase.Root, "call.json", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(GoldenCase.Root, Path.GetDirectoryName(file)!)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_call_becomes_the_native_request_and_the_native_response_becomes_the_reply(string folder)
    {
        var golden = new GoldenCase(Path.Combine(GoldenCase.Root, folder));
        var call = golden.Call();
        Assert.True(ProviderCatalog.TryFind(folder.Split('/')[0].ToLowerInvariant(), out var dialect));
        var provider = dialect.Create(new ProviderContext
        {
            Name = call.Provider, DataDirectory = "/nowhere", MaxFileBytes = () => 1 << 20, Time = TimeProvider.System,
        });

        var plan = Assert.IsType<Plan.Forward>(provider.Plan(call));
        Compare(folder, "request.http", Describe(plan.Request));
        var reply = plan.Receive(golden.Native());
        Compare(folder, reply is Reply.Json ? "reply.json" : "reply.error", Describe(reply));
    }

    /// <summary>Every operation that a dialect plans has a case of its own.</summary>
    [Theory]
    [InlineData("OpenAI")]
    [InlineData("Azure")]
    public void Every_operation_of_a_pass_through_dialect_has_a_case(string folder)
    {
        var covered = Directory.EnumerateDirectories(Path.Combine(GoldenCase.Root, folder)).Select(Path.GetFileName);
        Assert.Equal(Operation.All.Select(operation => operation.Name).Order(StringComparer.Ordinal), covered.Order(StringComparer.Ordinal));
    }

    private static string Describe(UpstreamRequest request)
    {
        var query = string.Join('&', request.Target.Query.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"));
        var text = new StringBuilder($"{request.Method} {request.Target.Path}{(query.Length > 0 ? "?" : "")}{query}\nrepeat: {request.Idempotency}\n");
        if (request.Streams)
        {
            text.Append("streams\n");
        }

        if (request.Body is RequestBody.Bytes bytes)
        {
            text.Append(CultureInfo.InvariantCulture, $"content-type: {bytes.ContentType}\n\n{Encoding.UTF8.GetString(bytes.Content.Span)}");
        }

        return text.ToString();
    }

    private static string Describe(Reply reply) => reply switch
    {
        Reply.Json json => Encoding.UTF8.GetString(json.Body.Span),
        Reply.Failed { Error: var error } => $"{error.Kind} {error.Status}\ntype: {error.Type}\ncode: {error.Code}\nparam: {error.Param}\n"
            + $"message: {error.Message}\nretry-after: {error.RetryAfter}\nrepeatable: {error.Retryable}\n",
        _ => reply.ToString(),
    };

    private static void Compare(string folder, string file, string actual)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(Path.Combine(Source(), folder, file), actual);
            return;
        }

        Assert.Equal(File.ReadAllText(Path.Combine(GoldenCase.Root, folder, file)), actual);
    }

    private static string Source([System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.GetDirectoryName(Path.GetDirectoryName(path))!;
}
