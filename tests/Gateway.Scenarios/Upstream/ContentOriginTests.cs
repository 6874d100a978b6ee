using Xunit;

namespace Gateway.Scenarios.Upstream;

/// <summary>A file is the work of whoever ran code in the container; a browser that opens it must not lend it the gateway's origin.</summary>
public sealed class ContentOriginTests
{
    [Theory]
    [InlineData("text/html", "")]
    [InlineData("image/svg+xml", "")]
    [InlineData("application/octet-stream", "")]
    [InlineData("text/html", "Content-Security-Policy: default-src *\n")]
    public async Task Content_is_confined_and_saved_rather_than_shown(string type, string header)
    {
        await using var upstream = RawUpstream.Answering($"HTTP/1.1 200 OK\nContent-Type: {type}\n{header}Content-Length: 4\n\nfile");
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        using var response = await Between.DownloadAsync(gateway);
        Assert.Equal("sandbox; default-src 'none'; frame-ancestors 'none'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("attachment", response.Content.Headers.ContentDisposition!.ToString());
        Assert.Equal(type, response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Content_is_shown_when_its_provider_says_so_and_confined_all_the_same()
    {
        await using var upstream = RawUpstream.Answering(
            "HTTP/1.1 200 OK\nContent-Type: image/png\nContent-Disposition: inline; filename=a.png\nContent-Length: 4\n\nfile");
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        using var response = await Between.DownloadAsync(gateway);
        Assert.Equal("inline; filename=a.png", response.Content.Headers.ContentDisposition!.ToString());
        Assert.StartsWith("sandbox;", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Error_about_a_file_is_neither_confined_nor_saved()
    {
        await using var upstream = RawUpstream.Answering("HTTP/1.1 404 Not Found\nContent-Length: 0\n\n");
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        using var response = await Between.DownloadAsync(gateway);
        Assert.Null(response.Content.Headers.ContentDisposition);
        Assert.Equal("frame-ancestors 'none'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")));
    }
}
