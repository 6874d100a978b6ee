using System.Text.Json;
using System.Text;
using Gateway.Providers.Contract;
using Gateway.Providers.Local;
using Gateway.Providers.Tests.Translation;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Providers.Tests.Local;

/// <summary>A local provider on a real disk, with a clock the test moves.</summary>
internal sealed class LocalPlace : IAsyncDisposable
{
    /// <summary>A file that another provider has, three bytes long.</summary>
    public const string ForeignFile = "file-abc";

    private readonly LocalOptions _options;
    private readonly long _maxFileBytes;

    public LocalPlace(LocalOptions? options = null, long maxFileBytes = 16 * 1024 * 1024, string? data = null)
    {
        _options = options ?? new LocalOptions();
        _maxFileBytes = maxFileBytes;
        Data = data ?? Directory.CreateTempSubdirectory("gateway-local-").FullName;
        Provider = Open();
    }

    public string Data { get; }

    public string Root => Path.Combine(Data, "local");

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public LocalProvider Provider { get; private set; }

    /// <summary>Who asks from here on.</summary>
    public Tenant? Tenant { get; set; }

    public LocalStore Store => Provider.Store;

    public string[] Blobs => Directory.GetFiles(Path.Combine(Root, "files"));

    public string[] Tmp => Directory.GetFiles(Path.Combine(Root, "tmp"));

    /// <summary>What the quota counts besides rows.</summary>
    public async Task<long> FileBytesAsync() => Store.Quota.Used - await Store.Database.ReadAsync(
        session => LocalRoom.Total(session) - session.Number("SELECT sum(bytes) FROM files"), CancellationToken.None);

    /// <summary>The row of a container.</summary>
    public ValueTask<LocalContainer> RowAsync(string id) => Store.FindAsync(id, tenant: null, CancellationToken.None);

    /// <summary>What operators were told.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Warnings { get; } = [];

    public static string Id(JsonElement json) => json.GetProperty("id").GetString()!;

    public LocalProvider Open()
    {
        Assert.True(ProviderCatalog.TryFind("local", out var dialect));
        return (LocalProvider)dialect.Create(new ProviderContext
        {
            Name = "local", Options = _options, DataDirectory = Data, MaxFileBytes = () => _maxFileBytes, Time = Time, Warn = Warnings.Enqueue,
        });
    }

    /// <summary>An orderly end and a new start, with <paramref name="between"/> in between.</summary>
    public async Task RestartAsync(Action? between = null)
    {
        await Provider.DisposeAsync();
        between?.Invoke();
        Provider = Open();
    }

    public async Task<Reply> AskAsync(
        Operation operation, string? container = null, string? file = null, CallBody? body = null, PageQuery? page = null,
        CancellationToken token = default)
    {
        var call = new Call
        {
            Operation = operation, Provider = "local", Tenant = Tenant, Body = body ?? CallBody.None.Instance, Page = page ?? new(),
        };
        if (container is not null)
        {
            Assert.True(ContainerId.TryParse(container, out var id, out _));
            call = call with { Container = id };
        }

        if (file is not null)
        {
            Assert.True(FileId.TryParse(file, out var id, out _));
            call = call with { File = id };
        }

        var run = Assert.IsType<Plan.Run>(Provider.Plan(call));
        return await run.Recipe(call, NoUpstream.Instance, token);
    }

    public async Task<JsonElement> JsonAsync(
        Operation operation, string? container = null, string? file = null, CallBody? body = null, PageQuery? page = null)
    {
        var reply = await AskAsync(operation, container, file, body, page);
        return reply is Reply.Json json
            ? JsonDocument.Parse(json.Body).RootElement
            : throw new InvalidOperationException(reply.ToString());
    }

    public async Task<GatewayError> ErrorAsync(
        Operation operation, string? container = null, string? file = null, CallBody? body = null, PageQuery? page = null) =>
        Assert.IsType<Reply.Failed>(await AskAsync(operation, container, file, body, page)).Error;

    public Task<JsonElement> CreateAsync(ContainerSpec spec) => JsonAsync(Operation.ContainerCreate, body: Body(spec));

    public async Task<string> CreateAsync(string name = "demo") => Id(await CreateAsync(new ContainerSpec { Name = name }));

    public Task<GatewayError> RefusedAsync(ContainerSpec spec) => ErrorAsync(Operation.ContainerCreate, body: Body(spec));

    public Task<JsonElement> UploadAsync(string container, Upload upload) =>
        JsonAsync(Operation.ContainerFileCreate, container, body: new CallBody.NewFile(upload));

    public async Task<string> UploadAsync(string container, string name, string text) =>
        Id(await UploadAsync(container, new TestUpload(text) { Name = name }));

    public Task<GatewayError> RefusedAsync(string container, Upload upload) =>
        ErrorAsync(Operation.ContainerFileCreate, container, body: new CallBody.NewFile(upload));

    public async Task<Reply.Content> ContentAsync(string container, string file) =>
        Assert.IsType<Reply.Content>(await AskAsync(Operation.ContainerFileContent, container, file));

    public async Task<string> TextAsync(string container, string file)
    {
        var content = await ContentAsync(container, file);
        using var reader = new StreamReader(content.Body, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    public async Task<string> StatusAsync(string container) =>
        (await JsonAsync(Operation.ContainerRetrieve, container)).GetProperty("status").GetString()!;

    /// <summary>Waits for what background work brings about after the clock was moved.</summary>
    public static Task EventuallyAsync(Func<bool> condition) => EventuallyAsync(() => Task.FromResult(condition()));

    /// <inheritdoc cref="EventuallyAsync(Func{bool})"/>
    public static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await condition())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>No byte is stored and none is counted. The sweep may be the one that removes them.</summary>
    public Task EmptyAsync() => EventuallyAsync(async () => Blobs.Length == 0 && await FileBytesAsync() == 0);

    public async ValueTask DisposeAsync()
    {
        await Provider.DisposeAsync();
        Directory.Delete(Data, recursive: true);
    }

    private static CallBody.NewContainer Body(ContainerSpec spec) => new(spec, ReadOnlyMemory<byte>.Empty);

    private sealed class NoUpstream : IUpstream
    {
        public Account Account => throw new InvalidOperationException("The local provider has no accounts.");

        public TimeSpan RequestTimeout => TimeSpan.FromSeconds(30);

        public IUpstream Detach() => this;

        public ValueTask<UpstreamResult> OpenAsync(UpstreamRequest request, CancellationToken cancellationToken) =>
            SendAsync(request, cancellationToken);

        public static readonly NoUpstream Instance = new();

        public ValueTask<UpstreamResult> SendAsync(UpstreamRequest request, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("The local provider has no upstream.");

        public ValueTask<UpstreamResult> RelayAsync(UpstreamRequest request, CancellationToken cancellationToken) =>
            SendAsync(request, cancellationToken);

        public ValueTask<bool> WaitAsync(TimeSpan pause, CancellationToken cancellationToken) => ValueTask.FromResult(false);

        public ValueTask<SourceFile?> FindFileAsync(string fileId, CancellationToken cancellationToken) =>
            ValueTask.FromResult(fileId == ForeignFile ? new SourceFile(fileId, "data.csv", _ => ValueTask.FromResult<SourceBytes?>(
                new SourceBytes(new MemoryStream("a,b"u8.ToArray()), null))) : null);
    }
}
