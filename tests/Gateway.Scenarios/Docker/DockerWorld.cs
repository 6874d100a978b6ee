using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Fakes;
using Gateway.Settings;
using Xunit;

namespace Gateway.Scenarios.Docker;

/// <summary>One real engine for all scenarios of the docker provider; they run one after the other.</summary>
public sealed class DockerWorld : IAsyncLifetime
{
    internal PodmanEngine Engine { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Engine = await PodmanEngine.StartAsync();

    public ValueTask DisposeAsync() => Engine?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>A provider of the engine's containers.</summary>
    internal ProviderSettings Docker(string more = "", string name = "docker") => TestSettings.Keyless(
        "docker",
        $$"""{ "host": "unix://{{Engine.SocketPath}}", "image": "{{PodmanEngine.Image}}", "ulimits": { "nofile": 1024, "nproc": 1000 }{{more}} }""",
        name);

    /// <summary>A gateway before the engine.</summary>
    internal Task<RunningGateway> GatewayAsync(string more = "", TimeProvider? time = null, string name = "docker", long maxFileBytes = 2L << 30)
    {
        var settings = TestSettings.Of(Docker(more, name));
        return RunningGateway.StartAsync(settings with { Client = settings.Client with { MaxFileBytes = maxFileBytes } }, time: time);
    }
}

[CollectionDefinition(nameof(DockerWorld), DisableParallelization = true)]
public sealed class DockerCollection : ICollectionFixture<DockerWorld>;

/// <summary>The API as the scenarios use it.</summary>
internal static class Api
{
    public static async Task<string> CreateAsync(this HttpClient http, object? body = null) =>
        (await http.PostAsJsonAsync("/v1/containers", body ?? new { name = "box" })).Ok().Text("id");

    public static async Task<JsonElement> UploadAsync(
        this HttpClient http, string container, byte[] bytes, string name = "a.bin", string? path = null) =>
        (await http.SendUploadAsync(container, new ByteArrayContent(bytes), name, path)).Ok();

    public static async Task<HttpResponseMessage> SendUploadAsync(
        this HttpClient http, string container, HttpContent bytes, string name = "a.bin", string? path = null)
    {
        using var form = new MultipartFormDataContent { { bytes, "file", name } };
        if (path is not null)
        {
            form.Add(new StringContent(path), "file_path");
        }

        return await http.PostAsync($"/v1/containers/{container}/files", form);
    }

    public static async Task<JsonElement> ReadAsync(this HttpClient http, string path) => (await http.GetAsync(path)).Ok();

    public static Task<JsonElement> FilesAsync(this HttpClient http, string container, string query = "limit=100") =>
        http.ReadAsync($"/v1/containers/{container}/files?{query}");

    public static async Task<byte[]> DownloadAsync(this HttpClient http, string container, string file)
    {
        using var answer = await http.GetAsync($"/v1/containers/{container}/files/{file}/content");
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{file}: {answer.StatusCode}");
        return await answer.Content.ReadAsByteArrayAsync();
    }

    public static JsonElement Ok(this HttpResponseMessage answer)
    {
        var text = answer.Content.ReadAsStringAsync().GetAwaiter().GetResult();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{(int)answer.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public static (int Status, string Code, string Message) Refused(this HttpResponseMessage answer)
    {
        var text = answer.Content.ReadAsStringAsync().GetAwaiter().GetResult();
        Assert.False(answer.IsSuccessStatusCode, text);
        var error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        return ((int)answer.StatusCode, error.GetProperty("code").GetString() ?? "", error.GetProperty("message").GetString()!);
    }

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static IReadOnlyList<string> Data(this JsonElement list, string name) =>
        [.. list.GetProperty("data").EnumerateArray().Select(item => item.Text(name))];
}

/// <summary>The machine's clock, which a test can put forward.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private long _shift;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _shift, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _shift));

    public override long GetTimestamp() =>
        System.GetTimestamp() + (long)(Interlocked.Read(ref _shift) * (double)System.TimestampFrequency / TimeSpan.TicksPerSecond);
}
