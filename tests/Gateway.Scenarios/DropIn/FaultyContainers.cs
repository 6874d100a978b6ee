using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Gateway.Fakes;
using Microsoft.AspNetCore.Http;

namespace Gateway.Scenarios.DropIn;

/// <summary>
/// Containers whose id or name says what happens to them, so that a test in another process can ask for faults and count attempts:
/// retrieving <c>fault-503-2-x</c> is answered 503 twice and then with a container whose <c>attempts</c> is 3; the create of a container named
/// <c>cut-x</c> is received and then cut off; <c>attempts-cut-x</c> tells how often.
/// </summary>
internal sealed class FaultyContainers
{
    private readonly ConcurrentDictionary<string, int> _attempts = new();

    private FaultyContainers()
    {
    }

    public static FaultyContainers AddTo(FakeOpenAI upstream)
    {
        var faults = new FaultyContainers();
        upstream.Intercept = faults.AnswerAsync;
        return faults;
    }

    /// <summary>Requests for this id or name so far.</summary>
    public int Attempts(string id) => _attempts.GetValueOrDefault(id);

    private async Task<bool> AnswerAsync(HttpContext http)
    {
        var id = http.Request.Path.Value!.Split('/')[^1];
        switch (id.Split('-'))
        {
            case ["fault", var status, var times, ..]:
                await AnswerAsync(http, id, int.Parse(status, CultureInfo.InvariantCulture), int.Parse(times, CultureInfo.InvariantCulture));
                return true;
            case ["attempts", ..]:
                await FoundAsync(http, id, Attempts(id["attempts-".Length..]));
                return true;
            case ["containers"] when http.Request.Method == "POST":
                return await CutAsync(http);
            default:
                return false;
        }
    }

    private async Task AnswerAsync(HttpContext http, string id, int status, int times)
    {
        var attempt = Count(id);
        if (attempt > times)
        {
            await FoundAsync(http, id, attempt);
            return;
        }

        http.Response.StatusCode = status;
        http.Response.Headers["retry-after-ms"] = "10";
        http.Response.Headers.RetryAfter = "1";
        await http.Response.WriteAsJsonAsync(new
        {
            error = new { message = $"Come back later ({status}).", type = "server_error", param = (string?)null, code = "busy" },
        });
    }

    private async Task<bool> CutAsync(HttpContext http)
    {
        var body = await Received.ReadAsync(http);
        http.Request.Body = new MemoryStream(body.Body);
        var name = JsonDocument.Parse(body.Body).RootElement.GetProperty("name").GetString()!;
        if (!name.StartsWith("cut-", StringComparison.Ordinal))
        {
            return false;
        }

        Count(name);
        http.Abort();
        return true;
    }

    private static Task FoundAsync(HttpContext http, string id, int attempts)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(
            $$"""{"id":"{{id}}","object":"container","created_at":1770000000,"status":"running","name":"f","attempts":{{attempts}}}""");
    }

    private int Count(string key) => _attempts.AddOrUpdate(key, 1, (_, count) => count + 1);
}
