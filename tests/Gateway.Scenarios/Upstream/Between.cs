using Gateway.Fakes;
using Gateway.Settings;

namespace Gateway.Scenarios.Upstream;

/// <summary>A gateway in front of a misbehaving upstream.</summary>
internal static class Between
{
    /// <summary>Limits that only a hanging test reaches.</summary>
    public static readonly NetworkSettings Long = new()
    {
        RequestTimeout = TimeSpan.FromSeconds(60),
        StreamIdleTimeout = TimeSpan.FromSeconds(60),
        ConnectTimeout = TimeSpan.FromSeconds(60),
        BackoffInitial = TimeSpan.FromMilliseconds(10),
        BackoffMax = TimeSpan.FromMilliseconds(20),
    };

    /// <summary>For tests that wait until a limit is reached.</summary>
    public static readonly NetworkSettings Short = Long with
    {
        RequestTimeout = TimeSpan.FromSeconds(1), StreamIdleTimeout = TimeSpan.FromSeconds(1),
    };

    public static Task<RunningGateway> GatewayAsync(string upstream, NetworkSettings? network = null, params string[] keys) =>
        RunningGateway.StartAsync(TestSettings.Of(TestSettings.OpenAI(upstream, network: network ?? Long, keys: keys)));

    public static Task<HttpResponseMessage> GetAsync(RunningGateway gateway) => gateway.Client.GetAsync("/v1/containers/c");

    public static Task<HttpResponseMessage> ListAsync(RunningGateway gateway) => gateway.Client.GetAsync("/v1/containers");

    public static Task<HttpResponseMessage> DeleteAsync(RunningGateway gateway) => gateway.Client.DeleteAsync("/v1/containers/c");

    public static async Task<HttpResponseMessage> CreateAsync(RunningGateway gateway)
    {
        using var body = Json("{\"name\":\"c\"}");
        return await gateway.Client.PostAsync("/v1/containers", body);
    }

    public static async Task<HttpResponseMessage> UploadAsync(RunningGateway gateway, int size = 100_000)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(new byte[size]), "file", "f" } };
        return await gateway.Client.PostAsync("/v1/containers/c/files", form);
    }

    public static async Task<HttpResponseMessage> DownloadAsync(RunningGateway gateway, string? range = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/containers/c/files/f/content");
        request.Headers.TryAddWithoutValidation("Range", range is null ? [] : [range]);
        return await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Every kind of exchange by name.</summary>
    public static Task<HttpResponseMessage> AskAsync(RunningGateway gateway, string kind) => kind switch
    {
        "get" => GetAsync(gateway),
        "list" => ListAsync(gateway),
        "delete" => DeleteAsync(gateway),
        "create" => CreateAsync(gateway),
        "upload" => UploadAsync(gateway),
        _ => DownloadAsync(gateway),
    };
}
