using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Gateway.Benchmarks;

/// <summary>
/// Lists as the upstream answers them: each account takes its own time, from 40 to 100 ms, and has any number of containers, whose creation times
/// interleave with those of the others.
/// </summary>
internal static class SlowLists
{
    private const long Newest = 1_770_000_000;

    public static async Task AnswerAsync(HttpContext http)
    {
        var account = int.Parse(http.Request.Headers.Authorization.ToString().Split('-')[^1], CultureInfo.InvariantCulture);
        await Task.Delay(40 + (4 * account), http.RequestAborted);
        var limit = int.Parse(http.Request.Query["limit"].FirstOrDefault() ?? "20", CultureInfo.InvariantCulture);
        var first = http.Request.Query["after"].FirstOrDefault() is { } after
            ? int.Parse(after.Split('_')[^1], CultureInfo.InvariantCulture) + 1
            : 0;
        var data = new StringBuilder();
        for (var number = first; number < first + limit; number++)
        {
            var createdAt = Newest - (number * Roles.MaxAccounts) - account;
            data.Append(number == first ? "" : ",").Append(
                CultureInfo.InvariantCulture,
                $$"""
                {"id":"cntr_{{account}}_{{number}}","object":"container","created_at":{{createdAt}},"status":"running",
                "expires_after":{"anchor":"last_active_at","minutes":20},"last_active_at":1770000000,"memory_limit":"1g","name":"bench"}
                """);
        }

        var last = $"cntr_{account}_{first + limit - 1}";
        await Roles.JsonAsync(http, Encoding.UTF8.GetBytes(
            $$"""{"object":"list","data":[{{data}}],"first_id":"cntr_{{account}}_{{first}}","last_id":"{{last}}","has_more":true}"""));
    }
}
