using System.Net;
using System.Text.Json;
using Xunit;

namespace Gateway.Scenarios.DropIn;

/// <summary>
/// What the clients' paging rests on. Python, Node.js, Go and Java continue behind the last element's id, .NET behind <c>last_id</c>; Java ignores
/// <c>has_more</c> and stops at an empty page.
/// </summary>
public sealed class PagingTests
{
    [Theory]
    [InlineData(UpstreamKind.FakeOpenAI, "asc")]
    [InlineData(UpstreamKind.FakeOpenAI, "desc")]
    [InlineData(UpstreamKind.Local, "asc")]
    [InlineData(UpstreamKind.Local, "desc")]
    public async Task Every_page_of_a_list_says_how_to_go_on(UpstreamKind kind, string order)
    {
        await using var world = await DropInWorld.StartAsync(kind);
        var containers = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            containers.Add(
                await CreateAsync(world, "/openai/v1/containers", Json("""{"name":"c"}""")));
        }

        var files = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            using var form = new MultipartFormDataContent { { new ByteArrayContent([1]), "file", $"f{i}" } };
            files.Add(await CreateAsync(world, $"/openai/v1/containers/{containers[0]}/files", form));
        }

        Assert.Equal(Sorted(containers), await WalkAsync(world, $"/openai/v1/containers?limit=2&order={order}"));
        Assert.Equal(Sorted(files), await WalkAsync(world, $"/openai/v1/containers/{containers[0]}/files?limit=2&order={order}"));

        IEnumerable<string> Sorted(IEnumerable<string> ids) => order == "asc" ? ids : ids.Reverse();
    }

    [Theory]
    [InlineData(UpstreamKind.FakeOpenAI)]
    [InlineData(UpstreamKind.Local)]
    public async Task Empty_list_has_all_members_of_a_list(UpstreamKind kind)
    {
        await using var world = await DropInWorld.StartAsync(kind);

        Assert.Empty(await WalkAsync(world, "/openai/v1/containers?limit=100"));
    }

    private static async Task<string> CreateAsync(DropInWorld world, string path, HttpContent body)
    {
        using var response = await world.Http.PostAsync(path, body);
        return (await ReadAsync(response)).Id();
    }

    /// <summary>Walks as Java does: to the empty page.</summary>
    private static async Task<List<string>> WalkAsync(DropInWorld world, string first)
    {
        var walked = new List<string>();
        while (true)
        {
            using var response = await world.Http.GetAsync(walked.Count == 0 ? first : first + "&after=" + walked[^1]);
            var page = await ReadAsync(response);
            var ids = page.GetProperty("data").EnumerateArray().Select(item => item.Id()).ToList();
            Assert.Equal("list", page.GetProperty("object").GetString());
            Assert.Equal(ids.FirstOrDefault(), page.GetProperty("first_id").GetString());
            Assert.Equal(ids.LastOrDefault(), page.GetProperty("last_id").GetString());
            Assert.Equal(ids.Count > 0 && walked.Count == 0, page.GetProperty("has_more").GetBoolean());
            Assert.All(page.GetProperty("data").EnumerateArray(), item => Assert.True(item.GetProperty("created_at").TryGetInt64(out _)));
            walked.AddRange(ids);
            if (ids.Count == 0)
            {
                return walked;
            }
        }
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        return JsonDocument.Parse(text).RootElement;
    }
}
