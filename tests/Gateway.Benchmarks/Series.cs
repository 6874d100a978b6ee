using System.Diagnostics;
using System.Globalization;

namespace Gateway.Benchmarks;

/// <summary>Rounds of the same load on one target: the best round counts, since everything that disturbs only ever adds.</summary>
/// <param name="name">What is measured.</param>
/// <param name="process">Whose CPU is counted.</param>
/// <param name="url">What is asked for; <c>{n}</c> in it stands for one of a thousand numbers, in turn.</param>
/// <param name="allocatedUrl">Where the process tells how much it has allocated, or null.</param>
internal sealed class Series(string name, MeasuredProcess process, string url, string? allocatedUrl)
{
    private readonly List<(double Cpu, double PerSecond, double Allocated)> _rounds = [];

    /// <summary>What is measured.</summary>
    public string Name => name;

    /// <summary>CPU of the process per request, best round.</summary>
    public double CpuMicroseconds => _rounds.Min(round => round.Cpu);

    /// <summary>CPU of the process per request, median of the rounds.</summary>
    public double MedianCpuMicroseconds => _rounds.Select(round => round.Cpu).Order().ElementAt(_rounds.Count / 2);

    /// <summary>
    /// CPU per request compared with another series, round by round: the median. Steadier than the best rounds on a machine that others use, too.
    /// </summary>
    public double CpuRatioTo(Series other) =>
        _rounds.Zip(other._rounds, (mine, theirs) => mine.Cpu / theirs.Cpu).Order().ElementAt(_rounds.Count / 2);

    /// <summary>Requests per second, best round.</summary>
    public double PerSecond => _rounds.Max(round => round.PerSecond);

    /// <summary>
    /// Requests until the runtime has done most of its compiling, which goes on for seconds beside the requests and belongs to none of them.
    /// </summary>
    private const int WarmUp = 300_000;

    /// <summary>Loads the target until it runs as it will run for days; counts nothing.</summary>
    public async Task WarmUpAsync(HttpClient client, int connections)
    {
        await LoadAsync(client, connections, WarmUp);
        _rounds.Clear();
    }

    /// <summary>One round.</summary>
    /// <param name="client">Sends the requests.</param>
    /// <param name="connections">Requests under way at a time.</param>
    /// <param name="requests">Requests in all.</param>
    /// <param name="pause">Wait between two requests of a connection; none for as many as the target can answer.</param>
    public async Task LoadAsync(HttpClient client, int connections, int requests, TimeSpan pause = default)
    {
        var allocated = await AllocatedAsync(client);
        var cpu = process.Cpu;
        var clock = Stopwatch.StartNew();
        var left = requests;
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) is var number and >= 0)
            {
                using var answer = await client.GetAsync(url.Replace("{n}", $"{number % 1000}", StringComparison.Ordinal));
                answer.EnsureSuccessStatusCode();
                if (pause > TimeSpan.Zero)
                {
                    await Task.Delay(pause);
                }
            }
        }));
        var elapsed = clock.Elapsed;
        _rounds.Add((
            (process.Cpu - cpu).TotalMicroseconds / requests,
            requests / elapsed.TotalSeconds,
            (await AllocatedAsync(client) - allocated) / requests));
    }

    public override string ToString() =>
        $"retrieve, {name,-16} {CpuMicroseconds,6:0.0} µs CPU/request  {PerSecond,8:0} requests/s  "
        + (allocatedUrl is null ? "" : $"{_rounds.Min(round => round.Allocated),6:0} bytes allocated/request");

    private async Task<double> AllocatedAsync(HttpClient client)
    {
        if (allocatedUrl is null)
        {
            return 0;
        }

        // Either a bare number or an exposition in which one line holds it.
        var text = await client.GetStringAsync(allocatedUrl);
        var line = text.Split('\n').FirstOrDefault(line => line.StartsWith("dotnet_gc_heap_total_allocated_bytes_total", StringComparison.Ordinal))
            ?? text;
        return double.Parse(line[(line.IndexOf('}') + 1)..].Trim().Split(' ')[^1], CultureInfo.InvariantCulture);
    }
}
