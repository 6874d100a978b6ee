using System.Net;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios;

public sealed class NineOperationsTests
{
    [Fact]
    public async Task Nine_operations_pass_through_an_openai_upstream()
    {
        await using var upstream = await FakeOpenAI.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.OpenAI(upstream.Url)));
        var http = gateway.Client;

        var created = await http.PostAsync(
            "/v1/containers", Json("""{"provider":"openai","name":"demo","n":1.0}"""));
        var text = await created.Content.ReadAsStringAsync();
        Assert.True(created.IsSuccessStatusCode, text);
        TestContext.Current.TestOutputHelper!.WriteLine(text + "\n" + created);
        Assert.Equal("""{"name":"demo","n":1.0}""", upstream.Requests.Last().Text);
        var id = System.Text.Json.JsonDocument.Parse(text).RootElement.GetProperty("id").GetString();

        using var form = new MultipartFormDataContent
        {
            { new StringContent("openai"), "provider" },
            { new ByteArrayContent(new byte[300_000]), "file", "häß.bin" },
        };
        var file = await http.PostAsync($"/v1/containers/{id}/files", form);
        text = await file.Content.ReadAsStringAsync();
        TestContext.Current.TestOutputHelper!.WriteLine(text);
        Assert.True(file.IsSuccessStatusCode, text);
        var fileId = System.Text.Json.JsonDocument.Parse(text).RootElement.GetProperty("id").GetString();
        foreach (var path in new[] { "/v1/containers", $"/v1/containers/{id}", $"/v1/containers/{id}/files", $"/v1/containers/{id}/files/{fileId}" })
        {
            var answer = await http.GetAsync(path);
            text = await answer.Content.ReadAsStringAsync();
            TestContext.Current.TestOutputHelper!.WriteLine(text);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var bytes = await http.GetAsync($"/openai/v1/containers/{id}/files/{fileId}/content");
        TestContext.Current.TestOutputHelper!.WriteLine(bytes.ToString());
        Assert.Equal(300_000, (await bytes.Content.ReadAsByteArrayAsync()).Length);
        foreach (var path in new[] { $"/v1/containers/{id}/files/{fileId}", $"/v1/containers/{id}" })
        {
            var answer = await http.DeleteAsync(path);
            text = await answer.Content.ReadAsStringAsync();
            TestContext.Current.TestOutputHelper!.WriteLine(text);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }
}
