using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Gateway.Fakes;
using Microsoft.AspNetCore.Http;

namespace Gateway.Scenarios.DropIn;

/// <summary>
/// Containers whose id says what happens to them: <c>fault-503-2-x</c> is answered 503 twice, then found. The answer tells the number of attempts,
/// so that a test in another process can count them too.
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

    /// <summary>Requests for this container so far.</summary>
    public int Attempts(string id) => _attempts.GetValueOrDefault(id);

    private async Task<bool> AnswerAsync(HttpContext http)
    {
        var id = http.Request.Path.Value!.Split('/')[^1];
        if (id.Split('-') is not ["fault", var status, var times, ..])
        {
            return false;
        }

        var attempt = _attempts.AddOrUpdate(id, 1, (_, count) => count + 1);
        if (attempt <= int.Parse(times, CultureInfo.InvariantCulture))
        {
            http.Response.StatusCode = int.Parse(status, CultureInfo.InvariantCulture);
            http.Response.Headers["retry-after-ms"] = "10";
            http.Response.Headers.RetryAfter = "1";
            await http.Response.WriteAsJsonAsync(new
            {
                error = new { message = $"Come back later ({status}).", type = "server_error", param = (string?)null, code = "busy" },
            });
            return true;
        }

        await http.Response.WriteAsync(
            $$"""
            {"id":{{JsonSerializer.Serialize(id)}},"object":"container","created_at":1770000000,"status":"running","name":"f","attempts":{{attempt}}}
            """);
        return true;
    }
}
