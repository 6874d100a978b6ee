using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Lifecycle;

/// <summary>`local` keeps what it acknowledged, whole, whenever the process dies.</summary>
public sealed class CrashTests
{
    private const int Crashes = 4;
    private const int Writers = 6;

    private const string Config = """
        {
          "server": { "urls": "http://127.0.0.1:0", "admin_urls": "http://127.0.0.1:0" },
          "default_provider": "local", "drop_in_provider": "local", "data_directory": "./data", "providers": { "local": {} }
        }
        """;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_nothing_is_half_there_after_kill_9()
    {
        var directory = Directory.CreateTempSubdirectory("gateway-crash-").FullName;
        var random = new Random(20261124);
        var kept = new ConcurrentDictionary<string, string>();
        var deleted = new ConcurrentDictionary<string, bool>();
        var uncertain = new ConcurrentDictionary<string, bool>();
        string container;
        await using (var first = await GatewayProcess.StartAsync(directory, Config))
        {
            using var http = new HttpClient { BaseAddress = new Uri(first.Url) };
            using var answer = await http.PostAsync("/v1/containers", Json("""{"name":"crash"}"""));
            container = Id(await answer.Content.ReadAsStringAsync());
        }

        for (var crash = 0; crash < Crashes; crash++)
        {
            await using var gateway = await GatewayProcess.StartAsync(directory, Config);
            using var http = new HttpClient { BaseAddress = new Uri(gateway.Url) };
            var enough = new TaskCompletionSource();
            var done = 0;
            var seed = random.Next();
            var writers = Enumerable.Range(0, Writers).Select(writer => WriteUntilDeadAsync(
                http, container, $"{crash}-{writer}", new Random(seed + writer), kept, deleted, uncertain,
                () =>
                {
                    if (Interlocked.Increment(ref done) == 40)
                    {
                        enough.SetResult();
                    }
                })).ToList();
            await enough.Task.WaitAsync(Until.Hung);
            await gateway.KillAsync();
            await Task.WhenAll(writers);
        }

        await using var last = await GatewayProcess.StartAsync(directory, Config);
        using var reader = new HttpClient { BaseAddress = new Uri(last.Url) };
        foreach (var (id, hash) in kept)
        {
            using var content = await reader.GetAsync($"/v1/containers/{container}/files/{id}/content");
            if (!uncertain.ContainsKey(id))
            {
                Assert.True(content.IsSuccessStatusCode, $"{id} was acknowledged and is gone.");
            }

            if (content.IsSuccessStatusCode)
            {
                Assert.Equal(hash, Hash(await content.Content.ReadAsByteArrayAsync()));
            }
        }

        foreach (var id in deleted.Keys)
        {
            using var gone = await reader.GetAsync($"/v1/containers/{container}/files/{id}");
            Assert.Equal(404, (int)gone.StatusCode);
        }

        Assert.NotEmpty(deleted);
        await EveryListedFileIsWholeAsync(reader, container);
        Assert.Empty(Directory.EnumerateFiles(System.IO.Path.Combine(directory, "data", "local", "tmp")));
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_start_without_the_stored_bytes_exits_with_78_and_deletes_nothing()
    {
        var directory = Directory.CreateTempSubdirectory("gateway-crash-").FullName;
        var files = System.IO.Path.Combine(directory, "data", "local", "files");
        string content;
        await using (var first = await GatewayProcess.StartAsync(directory, Config))
        {
            using var http = new HttpClient { BaseAddress = new Uri(first.Url) };
            using var made = await http.PostAsync("/v1/containers", Json("""{"name":"kept"}"""));
            var container = Id(await made.Content.ReadAsStringAsync());
            using var form = new MultipartFormDataContent { { new StringContent("kept"), "file", "kept.txt" } };
            using var stored = await http.PostAsync($"/v1/containers/{container}/files", form);
            content = $"/v1/containers/{container}/files/{Id(await stored.Content.ReadAsStringAsync())}/content";
            await first.KillAsync();
        }

        Directory.Move(files, files + ".away");
        for (var start = 0; start < 2; start++)
        {
            await using var refused = await GatewayProcess.LaunchAsync(directory, Config);
            await refused.WaitForExitAsync(Until.Hung);
            Assert.Equal(78, refused.ExitCode);
            Assert.Contains("1 of 1 files have no bytes", string.Join('\n', refused.Output), StringComparison.Ordinal);
        }

        Directory.Move(files + ".away", files);
        await using var again = await GatewayProcess.StartAsync(directory, Config);
        using var reader = new HttpClient { BaseAddress = new Uri(again.Url) };
        Assert.Equal("kept", await reader.GetStringAsync(content));
        await again.KillAsync();
        Directory.Delete(directory, recursive: true);
    }

    private static async Task EveryListedFileIsWholeAsync(HttpClient http, string container)
    {
        string? after = null;
        do
        {
            using var page = JsonDocument.Parse(
                await http.GetStringAsync($"/v1/containers/{container}/files?limit=100" + (after is null ? "" : $"&after={after}")));
            foreach (var file in page.RootElement.GetProperty("data").EnumerateArray())
            {
                var bytes = await http.GetByteArrayAsync($"/v1/containers/{container}/files/{file.GetProperty("id").GetString()}/content");
                Assert.Equal(file.GetProperty("bytes").GetInt64(), bytes.Length);

                // Every upload begins with the hash of the rest, so that a mixture or a part of two would show.
                Assert.Equal(Convert.ToHexString(bytes.AsSpan(0, 32)), Hash(bytes[32..]));
            }

            after = page.RootElement.GetProperty("has_more").GetBoolean() ? page.RootElement.GetProperty("last_id").GetString() : null;
        }
        while (after is not null);
    }

    private static async Task WriteUntilDeadAsync(
        HttpClient http, string container, string name, Random random, ConcurrentDictionary<string, string> kept,
        ConcurrentDictionary<string, bool> deleted, ConcurrentDictionary<string, bool> uncertain, Action onWrite)
    {
        for (var i = 0; ; i++)
        {
            string? deleting = null;
            try
            {
                var rest = new byte[random.Next(1, 400_000)];
                random.NextBytes(rest);
                byte[] bytes = [.. SHA256.HashData(rest), .. rest];
                using var form = new MultipartFormDataContent { { new ByteArrayContent(bytes), "file", $"{name}-{i}.bin" } };
                using var answer = await http.PostAsync($"/v1/containers/{container}/files", form);
                var text = await answer.Content.ReadAsStringAsync();
                Assert.True(answer.IsSuccessStatusCode, text);
                kept[Id(text)] = Hash(bytes);
                onWrite();
                if (i % 3 == 2)
                {
                    deleting = Id(text);
                    uncertain[deleting] = true;
                    using var gone = await http.DeleteAsync($"/v1/containers/{container}/files/{deleting}");
                    Assert.True(gone.IsSuccessStatusCode);
                    deleted[deleting] = true;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or TaskCanceledException)
            {
                return;
            }
        }
    }

    private static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}
