using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Gateway.Fakes;

/// <summary>
/// A real Prometheus on a free loopback port that scrapes one target every second, with the repository's rules; ended with this object.
/// </summary>
public sealed class PrometheusServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly DirectoryInfo _directory;
    private readonly HttpClient _http;

    private PrometheusServer(Process process, DirectoryInfo directory, string url)
    {
        _process = process;
        _directory = directory;
        _http = new HttpClient { BaseAddress = new Uri(url), Timeout = Until.Hung };
    }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="target">Address to scrape, such as <c>http://127.0.0.1:1234</c>.</param>
    /// <param name="rules">Directory of rule files; their own intervals are shortened to a second.</param>
    public static async Task<PrometheusServer> StartAsync(string target, string rules)
    {
        var directory = Directory.CreateTempSubdirectory("prometheus-");
        foreach (var file in Directory.EnumerateFiles(rules, "*.yml"))
        {
            var text = await File.ReadAllTextAsync(file);
            await File.WriteAllTextAsync(
                System.IO.Path.Combine(directory.FullName, System.IO.Path.GetFileName(file)),
                text.Replace("interval: 30s", "interval: 1s", StringComparison.Ordinal));
        }

        var config = System.IO.Path.Combine(directory.FullName, "prometheus.yaml");
        await File.WriteAllTextAsync(config, $$"""
            global: { scrape_interval: 1s, evaluation_interval: 1s }
            rule_files: [ "*.yml" ]
            scrape_configs:
              - job_name: gateway
                static_configs: [ { targets: [ "{{new Uri(target).Authority}}" ] } ]
            """);
        var port = Ports.Free();
        var start = new ProcessStartInfo("prometheus", (IEnumerable<string>)
        [
            $"--config.file={config}", $"--storage.tsdb.path={directory.FullName}/data", $"--web.listen-address=127.0.0.1:{port}",
            "--enable-feature=exemplar-storage", "--log.level=warn",
        ])
        {
            UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new PrometheusServer(process, directory, $"http://127.0.0.1:{port}");
        await Until.TrueAsync(server.IsReadyAsync, "Prometheus does not become ready.");
        return server;
    }

    /// <summary>An instant query; the elements of its result. Throws with Prometheus's own words when the expression is refused.</summary>
    public async Task<IReadOnlyList<JsonElement>> QueryAsync(string expression)
    {
        using var form = new FormUrlEncodedContent([new("query", expression)]);
        using var response = await _http.PostAsync("/api/v1/query", form);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        if (answer.GetProperty("status").GetString() != "success")
        {
            throw new InvalidOperationException($"{answer.GetProperty("error").GetString()}: {expression}");
        }

        var data = answer.GetProperty("data");
        return data.GetProperty("resultType").GetString() == "vector"
            ? [.. data.GetProperty("result").EnumerateArray()]
            : [data.GetProperty("result")];
    }

    /// <summary>
    /// The elements of an instant query's result, once there are any: a scrape that took longer than its second leaves a gap until the next one.
    /// </summary>
    public async Task<IReadOnlyList<JsonElement>> FoundAsync(string expression, string what)
    {
        IReadOnlyList<JsonElement> found = [];
        await Until.TrueAsync(async () => (found = await QueryAsync(expression)).Count > 0, $"{what} has no data: {expression}");
        return found;
    }

    /// <summary>Waits until the sum of an instant query is what it must be; see <see cref="FoundAsync"/>.</summary>
    public Task UntilSumAsync(string expression, Func<double, bool> expected) =>
        Until.TrueAsync(async () => expected(await SumAsync(expression)), $"{expression} is not what it must be.");

    /// <summary>Sum of the values an instant query returns; 0 when it returns none.</summary>
    public async Task<double> SumAsync(string expression) => (await QueryAsync(expression))
        .Sum(sample => double.Parse(sample.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture));

    /// <summary>What the rules' page says: every rule with its health.</summary>
    public async Task<IReadOnlyList<JsonElement>> RulesAsync() =>
        [.. JsonDocument.Parse(await _http.GetStringAsync("/api/v1/rules")).RootElement.GetProperty("data").GetProperty("groups").EnumerateArray()
            .SelectMany(group => group.GetProperty("rules").EnumerateArray())];

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private async Task<bool> IsReadyAsync()
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"Prometheus ended with exit code {_process.ExitCode}.");
        }

        try
        {
            using var response = await _http.GetAsync("/-/ready");
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
