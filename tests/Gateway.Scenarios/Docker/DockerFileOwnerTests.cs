using System.Net.Http.Json;
using System.Text;
using Gateway.Fakes;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Scenarios.Docker;

/// <summary>A <c>file_id</c> leads to whichever configured provider owns the file, and its bytes into the container.</summary>
[Collection(nameof(DockerWorld))]
public sealed class DockerFileOwnerTests(DockerWorld world)
{
    [Fact]
    public async Task Files_of_other_providers_are_copied_with_their_owners_credentials()
    {
        await using var openai = await FakeOpenAI.StartAsync("sk-a", "sk-b");
        var big = new byte[3_000_000];
        new Random(5).NextBytes(big);
        openai.Intercept = http => AnswerFileAsync(http, big);
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(
            world.Docker(), world.Docker(name: "other"), TestSettings.Local(), TestSettings.OpenAI(openai.Url, keys: ["sk-a", "sk-b"])));
        var http = gateway.Client;
        async Task<string> FileAtAsync(string provider, string name, string content)
        {
            var box = await http.CreateAsync(new { name = "source", provider });
            return (await http.UploadAsync(box, Encoding.UTF8.GetBytes(content), name)).Text("id");
        }

        var other = await FileAtAsync("other", "other.txt", "from another engine");
        var local = await FileAtAsync("local", "local.txt", "from the gateway");

        var id = await http.CreateAsync(new { name = "target", file_ids = new[] { "file-big", other, local } });
        var files = (await http.FilesAsync(id)).GetProperty("data").EnumerateArray().ToDictionary(file => file.Text("path"), file => file.Text("id"));
        Assert.Equal(["/mnt/data/big.bin", "/mnt/data/local.txt", "/mnt/data/other.txt"], files.Keys.Order());
        Assert.Equal(big, await http.DownloadAsync(id, files["/mnt/data/big.bin"]));
        Assert.Equal("from another engine", Encoding.UTF8.GetString(await http.DownloadAsync(id, files["/mnt/data/other.txt"])));
        Assert.Equal("from the gateway", Encoding.UTF8.GetString(await http.DownloadAsync(id, files["/mnt/data/local.txt"])));

        // One with a name that is none gets its id for it.
        var strange = (await http.PostAsJsonAsync($"/v1/containers/{id}/files", new { file_id = "file-strange" })).Ok();
        Assert.Equal("/mnt/data/file-strange", strange.Text("path"));
        var placed = (await http.PostAsJsonAsync($"/v1/containers/{id}/files", new { file_id = "file-big", file_path = "in/b" })).Ok();
        Assert.Equal(("/mnt/data/in/b", big.Length), (placed.Text("path"), placed.GetProperty("bytes").GetInt32()));
    }

    [Fact]
    public async Task Files_nobody_owns_are_not_found_and_owners_that_fail_are_not_taken_for_that()
    {
        await using var openai = await FakeOpenAI.StartAsync("sk-a");
        openai.Intercept = http => AnswerFileAsync(http, []);
        await using var gateway = await RunningGateway.StartAsync(
            TestSettings.Of(world.Docker(), TestSettings.Local(), TestSettings.OpenAI(openai.Url, keys: ["sk-a"])));
        var http = gateway.Client;
        var id = await http.CreateAsync();
        foreach (var (file, status) in new[] { ("file-none", 404), ("cfile_none", 404), ("file-down", 502), ("file-secret", 400) })
        {
            var refused = (await http.PostAsJsonAsync($"/v1/containers/{id}/files", new { file_id = file })).Refused();
            Assert.Equal((file, status), (file, refused.Status));
            Assert.True(status == 502 || refused.Message.Contains(file, StringComparison.Ordinal), refused.Message);
        }

        var before = await world.Engine.NamesAsync();
        Assert.Equal(400, (await http.PostAsJsonAsync("/v1/containers", new { name = "x", file_ids = new[] { "file-secret" } })).Refused().Status);
        Assert.Equal(before.Order(), (await world.Engine.NamesAsync()).Order());
        Assert.Empty((await http.FilesAsync(id)).Data("id"));
    }

    /// <summary>OpenAI's Files API as far as it is asked; what is there belongs to the last account.</summary>
    private static async Task<bool> AnswerFileAsync(HttpContext http, byte[] big)
    {
        var path = http.Request.Path.Value!;
        if (!path.StartsWith("/v1/files/", StringComparison.Ordinal))
        {
            return false;
        }

        var (id, isContent) = (path.Split('/')[3], path.EndsWith("/content", StringComparison.Ordinal));
        var isKnown = big.Length == 0 || FakeOpenAI.KeyOf(http) == "sk-b";
        switch (id, isContent)
        {
            case ("file-big", true) when isKnown:
                await http.Response.Body.WriteAsync(big);
                return true;
            case ("file-strange", true) when isKnown:
                await http.Response.WriteAsync("x");
                return true;
            case ("file-big" or "file-strange" or "file-secret", false) when isKnown:
                await http.Response.WriteAsJsonAsync(
                    new { id, @object = "file", filename = id == "file-strange" ? "..\\.." : id[5..] + ".bin", bytes = 1 });
                return true;
            default:
                http.Response.StatusCode = id == "file-down" ? 500 : id == "file-secret" ? 400 : 404;
                await http.Response.WriteAsJsonAsync(new { error = new { message = "No", type = "invalid_request_error" } });
                return true;
        }
    }
}
