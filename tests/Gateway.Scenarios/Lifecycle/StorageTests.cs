using System.Net;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Lifecycle;

/// <summary>`local` on a disk that takes long, or is full.</summary>
public sealed class StorageTests
{
    private const int Uploads = 60;

    [Fact]
    public async Task A_stalled_disk_holds_up_neither_livez_nor_reads_and_its_uploads_share_commits()
    {
        using var disk = new StalledDisk();
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.Local(disk.Options)));
        using var admin = new HttpClient { BaseAddress = new Uri(gateway.AdminUrl), Timeout = Until.Hung };
        var container = await gateway.Client.CreateAsync();
        var file = Id(await SuccessAsync(await UploadAsync(gateway.Client, container, "first")));
        disk.Stall();
        var uploads = Enumerable.Range(0, Uploads).Select(i => UploadAsync(gateway.Client, container, $"{i}")).ToList();

        // As many as may wait for the disk at a time do; the others wait behind them.
        await Until.TrueAsync(() => disk.Waiting >= 8, "No upload has reached the disk.");
        for (var i = 0; i < 20; i++)
        {
            await SuccessAsync(await admin.GetAsync("/livez").WaitAsync(Until.Hung));
            await SuccessAsync(await gateway.Client.GetAsync($"/v1/containers/{container}").WaitAsync(Until.Hung));
            await SuccessAsync(await gateway.Client.GetAsync("/v1/containers").WaitAsync(Until.Hung));
            Assert.Equal("first", await gateway.Client.GetStringAsync($"/v1/containers/{container}/files/{file}/content").WaitAsync(Until.Hung));
        }

        Assert.DoesNotContain(uploads, upload => upload.IsCompleted);
        disk.GoOn();
        foreach (var upload in uploads)
        {
            await SuccessAsync(await upload.WaitAsync(Until.Hung));
        }

        // Those that were ready while a commit was on its way share the next.
        disk.Stall();
        var creates = Enumerable.Range(0, Uploads).Select(_ => gateway.Client.CreateAsync()).ToList();
        await Until.TrueAsync(() => disk.Waiting >= 1, "No create has reached the disk.");
        var before = disk.Commits;
        await SuccessAsync(await admin.GetAsync("/livez").WaitAsync(Until.Hung));
        disk.GoOn();
        await Task.WhenAll(creates).WaitAsync(Until.Hung);
        Assert.InRange(disk.Commits - before, 1, Uploads - 1);
    }

    [Fact]
    public async Task A_full_disk_is_told_by_readyz_a_metric_the_log_and_507()
    {
        using var disk = new StalledDisk();
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.Local(disk.Options)));
        using var admin = new HttpClient { BaseAddress = new Uri(gateway.AdminUrl), Timeout = Until.Hung };
        var container = await gateway.Client.CreateAsync();
        Assert.Contains("\"local\":\"available\"", await admin.GetStringAsync("/readyz"), StringComparison.Ordinal);
        disk.IsFull = true;
        using var refused = await UploadAsync(gateway.Client, container, "x");
        Assert.Equal(HttpStatusCode.InsufficientStorage, refused.StatusCode);
        Assert.Contains("storage_full", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("\"local\":\"storage_full\"", await admin.GetStringAsync("/readyz"), StringComparison.Ordinal);
        Assert.Matches("gateway_provider_storage_full\\{[^}]*provider=\"local\"[^}]*\\} 1", await admin.GetStringAsync("/metrics"));
        using var deleted = await gateway.Client.DeleteAsync($"/v1/containers/{container}");
        Assert.True(deleted.IsSuccessStatusCode);
        disk.IsFull = false;
        await gateway.Client.CreateAsync();
        Assert.Contains("\"local\":\"available\"", await admin.GetStringAsync("/readyz"), StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> UploadAsync(HttpClient http, string container, string text)
    {
        using var form = new MultipartFormDataContent { { new StringContent(text), "file", $"{text}.txt" } };
        return await http.PostAsync($"/v1/containers/{container}/files", form);
    }

    private static async Task<string> SuccessAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, text);
            return text;
        }
    }
}
