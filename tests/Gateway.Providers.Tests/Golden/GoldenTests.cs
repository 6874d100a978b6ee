using Gateway.Providers.Contract;

namespace Gateway.Providers.Tests.Golden;

/// <summary>Translation is byte-exact: every dialect with an upstream is a set of <see cref="GoldenCase"/>s.</summary>
public sealed class GoldenTests
{
    public static TheoryData<string> Cases => [.. GoldenCase.All];

    /// <summary>Those that ask somebody: what a provider without accounts does has tests of its own.</summary>
    public static TheoryData<string> DialectsWithAccounts =>
        [.. ProviderCatalog.All.Where(dialect => dialect.Address is not null).Select(dialect => dialect.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_call_becomes_the_native_requests_and_their_responses_become_the_reply(string folder)
    {
        var golden = new GoldenCase(Path.Combine(GoldenCase.Root, folder));
        var files = new GoldenFiles(golden.Folder);
        var call = golden.Call();
        Assert.Equal(folder.Split('/')[1], call.Operation.Name);
        var data = Directory.CreateTempSubdirectory("gateway-golden-");
        try
        {
            var provider = PlanTables.Create(golden.Dialect, call.Provider, golden.Options(), data.FullName);
            await using var owned = provider as IAsyncDisposable;
            var (file, text) = await AnswerAsync(provider, call, golden, files);
            files.Compare(file, text);
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(DialectsWithAccounts))]
    public async Task Every_operation_that_a_dialect_plans_has_a_case_in_which_it_succeeds(string name)
    {
        Assert.True(ProviderCatalog.TryFind(name, out var dialect));
        var succeeding = GoldenCase.All.Where(path => !File.Exists(Path.Combine(GoldenCase.Root, path, "reply.error")))
            .Select(path => Path.GetDirectoryName(path)!).ToHashSet();
        var operations = await PlanTables.OperationsAsync(dialect);
        Assert.NotEmpty(operations);
        Assert.All(operations, operation => Assert.Contains($"{PlanTables.FolderOf(dialect)}/{operation.Name}", succeeding));
    }

    private static async Task<(string File, string Text)> AnswerAsync(IProvider provider, Call call, GoldenCase golden, GoldenFiles files)
    {
        var plan = provider.Plan(call);
        if (plan is Plan.Forward forward)
        {
            files.Compare("request.http", await GoldenText.OfAsync(forward.Request));
            var response = GoldenText.Response(files.Read("response.http"));
            return await GoldenText.OfAsync(
                provider.Classify(response, call.Operation) is { } error ? new Reply.Failed(error)
                : forward.Request.Streams ? Reply.Streamed.Instance
                : forward.Receive(response));
        }

        var upstream = new ScriptedUpstream(provider, call.Operation, files, golden.ForeignFiles(), golden.Options());
        var reply = await Assert.IsType<Plan.Run>(plan).Recipe(call, upstream, TestContext.Current.CancellationToken);
        var answer = await GoldenText.OfAsync(reply);
        Assert.Equal(files.Count(".request.http"), upstream.Count);
        return answer;
    }
}
