using Gateway.Fakes;
using Gateway.Scenarios.Hostile;
using Gateway.Scenarios.Upstream;
using Xunit;

namespace Gateway.Scenarios.DropIn;

/// <summary>Ranges and conditions on a file of the built-in provider, as RFC 9110 has them.</summary>
public sealed class LocalContentTests
{
    [Theory]
    [InlineData(null, 200, 10)]
    [InlineData("bytes=2-4", 206, 3)]
    [InlineData("items=1-2", 200, 10)]
    public async Task Content_of_a_local_file_is_sent_in_ranges_of_bytes(string? range, int status, int length)
    {
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.Local()));
        using var answer = await AskAsync(gateway, "Range", range);
        Assert.Equal((status, length), ((int)answer.StatusCode, (await answer.Content.ReadAsByteArrayAsync()).Length));
        Assert.Equal(status == 206 || range is null, answer.Headers.AcceptRanges.Contains("bytes"));
    }

    [Fact]
    public async Task Content_of_a_local_file_tells_its_length_when_a_range_is_not_there()
    {
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.Local()));
        using var answer = await AskAsync(gateway, "Range", "bytes=20-");
        Assert.Equal("bytes */10", answer.Content.Headers.ContentRange?.ToString());
        await Refusal.OfAsync(answer, 416, "invalid_range");
    }

    [Fact]
    public async Task Content_of_a_local_file_is_refused_to_a_client_that_wants_another_version()
    {
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.Local()));
        using var answer = await AskAsync(gateway, "If-Match", "\"another\"");
        await Refusal.OfAsync(answer, 412, "precondition_failed");
    }

    private static async Task<HttpResponseMessage> AskAsync(RunningGateway gateway, string header, string? value)
    {
        using var created = await Between.CreateAsync(gateway);
        var container = await IdAsync(created);
        using var form = new MultipartFormDataContent { { new ByteArrayContent("0123456789"u8.ToArray()), "file", "f" } };
        using var uploaded = await gateway.Client.PostAsync($"/v1/containers/{container}/files", form);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/containers/{container}/files/{await IdAsync(uploaded)}/content");
        request.Headers.TryAddWithoutValidation(header, value);
        return await gateway.Client.SendAsync(request);
    }
}
