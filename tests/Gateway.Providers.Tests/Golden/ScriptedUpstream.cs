using System.Runtime.ExceptionServices;
using System.Text;
using Gateway.Providers.Contract;

namespace Gateway.Providers.Tests.Golden;

/// <summary>A provider that plays the numbered files of a case: each request must be the next one, and gets what lies beside it.</summary>
internal sealed class ScriptedUpstream(
    IProvider provider, Operation operation, GoldenFiles files, IReadOnlyDictionary<string, string> foreignFiles, object? options) : IUpstream
{
    private ExceptionDispatchInfo? _fault;

    /// <summary>Exchanges so far.</summary>
    public int Count { get; private set; }

    public Account Account { get; } = new() { Name = "default", Id = "default", BaseAddress = new Uri("http://upstream"), Options = options };

    public TimeSpan RequestTimeout => TimeSpan.FromSeconds(30);

    public IUpstream Detach() => this;

    public async ValueTask<UpstreamResult> SendAsync(UpstreamRequest request, CancellationToken cancellationToken) =>
        await NextAsync(request, isOpened: false);

    public async ValueTask<UpstreamResult> OpenAsync(UpstreamRequest request, CancellationToken cancellationToken) =>
        await NextAsync(request, isOpened: true) switch
        {
            UpstreamResult.Answered { Response: { IsSuccess: true } response } =>
                new UpstreamResult.Opened(response.Status, response.Headers, new MemoryStream(response.Body.ToArray())),
            var other => other,
        };

    public async ValueTask<UpstreamResult> RelayAsync(UpstreamRequest request, CancellationToken cancellationToken) =>
        await NextAsync(request with { Streams = true }, isOpened: false) is UpstreamResult.Answered { Response.Error: not null } refused
            ? refused
            : UpstreamResult.Streamed.Instance;

    public ValueTask<bool> WaitAsync(TimeSpan pause, CancellationToken cancellationToken) => ValueTask.FromResult(true);

    public ValueTask<SourceFile?> FindFileAsync(string fileId, CancellationToken cancellationToken) => ValueTask.FromResult(
        foreignFiles.TryGetValue(fileId, out var text)
            ? new SourceFile(fileId, fileId, _ => ValueTask.FromResult<SourceBytes?>(
                new SourceBytes(new MemoryStream(Encoding.UTF8.GetBytes(text)), Encoding.UTF8.GetByteCount(text))))
            : null);

    private async ValueTask<UpstreamResult> NextAsync(UpstreamRequest request, bool isOpened)
    {
        var step = ++Count;
        var text = await GoldenText.OfAsync(request, isOpened, isRecipe: true);
        try
        {
            _fault?.Throw();
            files.Compare($"{step}.request.http", text);
        }
        catch (Exception fault)
        {
            // What a recipe sends to clean up after it must not hide this.
            _fault ??= ExceptionDispatchInfo.Capture(fault);
            throw;
        }

        if (files.Has($"{step}.response.error"))
        {
            return new UpstreamResult.Failed(GoldenText.Error(files.Read($"{step}.response.error")));
        }

        var response = GoldenText.Response(files.Read($"{step}.response.http"));
        return new UpstreamResult.Answered(response.IsSuccess ? response : response with { Error = provider.Classify(response, operation) });
    }
}
