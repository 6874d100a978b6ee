using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Fakes;
using Gateway.Scenarios.Accounts;
using Xunit;

namespace Gateway.Scenarios.Creates;

/// <summary>
/// Clients that nothing tells apart create the same container through two gateways over one Redis, while connections break on both sides at any
/// point, and repeat with or without a key. Whatever happens, no id is ever seen by two of them.
/// </summary>
public sealed partial class CreateModelTests
{
    private const int Clients = 400;
    private const int AtOnce = 24;
    private const int MaxTries = 4;

    /// <param name="redisBreaks">Redis dies and comes back empty all the while: a key may make more than one container then.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_container_is_ever_seen_by_two_clients_and_no_create_is_sent_twice(bool redisBreaks)
    {
        await using var upstream = await FakeOpenAI.StartAsync(AccountsWorld.Keys);
        await using var redis = await RedisServer.StartAsync();
        var settings = TestSettings.Of(TestSettings.OpenAI(upstream.Url, network: AccountsWorld.Quick, keys: AccountsWorld.Keys));
        settings = settings with { Cache = settings.Cache with { Redis = new(redis.Url), RedisTimeout = RedisServer.Patience } };
        await using var one = await RunningGateway.StartAsync(settings);
        await using var two = await RunningGateway.StartAsync(settings);
        var model = new Model(upstream, [new Uri(one.Url), new Uri(two.Url)]) { IsShared = !redisBreaks };
        upstream.Intercept = model.BreakAsync;
        using var over = new CancellationTokenSource();
        var breaking = redisBreaks ? BreakAsync(redis, over.Token) : Task.CompletedTask;

        await Parallel.ForAsync(
            0, Clients, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, _) => await model.ClientAsync(number));
        await over.CancelAsync();
        await breaking;

        Assert.Empty(model.Faults);
        var made = AccountsWorld.Keys.Sum(key => upstream.IdsOf(key).Count);
        Assert.Equal(model.Carried, made);
        Assert.InRange(model.Posts, Clients / 2, model.Sent);
        Assert.True(model.Owners.Count > Clients / 2, $"Only {model.Owners.Count} of {Clients} clients got a container.");
        Assert.InRange(model.Claims, 1, int.MaxValue);
    }

    private static async Task BreakAsync(RedisServer redis, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await redis.RestartAsync();
            await Task.Delay(100, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>What was sent, made and seen.</summary>
    private sealed partial class Model(FakeOpenAI upstream, Uri[] gateways)
    {
        private static readonly TimeSpan s_patience = Until.Hung;
        private readonly ConcurrentDictionary<string, int> _lostByName = new();
        private readonly ConcurrentDictionary<string, int> _madeByName = new();
        private int _seed;

        /// <summary>Whether the gateways always know each other's keys.</summary>
        public bool IsShared { get; init; }

        /// <summary>Which client has seen an id.</summary>
        public ConcurrentDictionary<string, int> Owners { get; } = new();

        public ConcurrentQueue<string> Faults { get; } = new();

        /// <summary>Creates that clients began to send; each may reach the upstream once.</summary>
        public int Sent;

        /// <summary>Creates that reached the upstream.</summary>
        public int Posts;

        /// <summary>Those of them that it carried out.</summary>
        public int Carried;

        /// <summary>Retries that got a container without another create.</summary>
        public int Claims;

        /// <summary>The upstream's own trouble: before it has acted, after it, refusals and slowness.</summary>
        public async Task<bool> BreakAsync(Microsoft.AspNetCore.Http.HttpContext http)
        {
            if (http.Request.Method != "POST")
            {
                return false;
            }

            Interlocked.Increment(ref Posts);
            var random = Next();
            var request = await Received.ReadAsync(http);
            var body = System.Text.Json.Nodes.JsonNode.Parse(request.Text)!.AsObject();
            var name = body["name"]!.GetValue<string>();
            switch (random.Next(100))
            {
                case < 6:
                    http.Abort();
                    return true;
                case < 10:
                    http.Response.StatusCode = 503;
                    return true;
                case < 60:
                    await Task.Delay(random.Next(25));
                    break;
            }

            var id = upstream.Create(FakeOpenAI.KeyOf(http), body);
            Interlocked.Increment(ref Carried);
            _madeByName.AddOrUpdate(name, 1, (_, count) => count + 1);
            if (random.Next(100) < 8)
            {
                _lostByName.AddOrUpdate(name, 1, (_, count) => count + 1);
                http.Abort();
                return true;
            }

            await Microsoft.AspNetCore.Http.HttpResponseJsonExtensions.WriteAsJsonAsync(
                http.Response, new { id, @object = "container", created_at = 1, status = "running", name });
            return true;
        }

        /// <summary>One client: tries until it has seen a container whole, and with a key once more after that.</summary>
        public async Task ClientAsync(int number)
        {
            var random = Next();
            var key = random.Next(3) == 0 ? $"key-{number}" : null;
            var name = key ?? "sandbox";
            for (var attempt = 0; attempt < MaxTries; attempt++)
            {
                var posts = Volatile.Read(ref Carried);
                var (status, text, isWhole) = await TryAsync(random, name, key, attempt);

                // Also what was cut off counts as seen.
                foreach (Match match in Id().Matches(text))
                {
                    See(match.Value, number, attempt);
                }

                if (status == 200 && isWhole)
                {
                    if (attempt > 0 && Volatile.Read(ref Carried) == posts)
                    {
                        Interlocked.Increment(ref Claims);
                    }

                    if (key is null || attempt == MaxTries - 1)
                    {
                        break;
                    }
                }
            }

            if (IsShared && key is not null && _madeByName.GetValueOrDefault(name) > 1 + _lostByName.GetValueOrDefault(name))
            {
                Faults.Enqueue($"Key {key} made {_madeByName[name]} containers, and {_lostByName.GetValueOrDefault(name)} answers were lost.");
            }
        }

        private void See(string id, int client, int attempt)
        {
            if (Owners.GetOrAdd(id, client) is var owner && owner != client)
            {
                Faults.Enqueue($"{id} was seen by client {owner} and, at try {attempt}, by client {client}.");
            }
        }

        /// <summary>One request on a connection of its own, cut at some point of either direction or not at all.</summary>
        private async Task<(int Status, string Text, bool IsWhole)> TryAsync(Random random, string name, string? key, int attempt)
        {
            var gateway = gateways[random.Next(gateways.Length)];
            var body = $$"""{"name":"{{name}}"}""";
            var request = Encoding.ASCII.GetBytes(
                $"POST /v1/containers HTTP/1.1\r\nHost: {gateway.Authority}\r\nConnection: close\r\nContent-Type: application/json\r\n"
                    + $"Content-Length: {body.Length}\r\n"
                + (key is null ? "" : $"Idempotency-Key: {key}\r\n")
                + $"x-stainless-retry-count: {attempt.ToString(CultureInfo.InvariantCulture)}\r\n\r\n{body}");
            using var patience = new CancellationTokenSource(s_patience);
            using var tcp = new TcpClient { NoDelay = true };
            await tcp.ConnectAsync(gateway.Host, gateway.Port, patience.Token);
            var stream = tcp.GetStream();
            var cut = random.Next(10);
            Interlocked.Increment(ref Sent);
            await stream.WriteAsync(request.AsMemory(0, cut == 0 ? random.Next(request.Length) : request.Length), patience.Token);
            var answer = new MemoryStream();
            if (cut is 1 or 2 or 3)
            {
                await Task.Delay(random.Next(20), patience.Token);
            }
            else if (cut > 3)
            {
                await ReadAsync(stream, answer, cut == 4 ? random.Next(1, 1500) : int.MaxValue, patience.Token);
            }

            if (cut < 5 && random.Next(2) == 0)
            {
                tcp.LingerState = new LingerOption(enable: true, 0);
            }

            var text = Encoding.UTF8.GetString(answer.ToArray());
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var length = Length().Match(text);
            var isWhole = end > 0 && length.Success && answer.Length >= end + 4 + int.Parse(length.Groups[1].Value, CultureInfo.InvariantCulture);
            return (text.Length > 12 ? int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture) : 0, text, isWhole);
        }

        private static async Task ReadAsync(NetworkStream stream, MemoryStream answer, int most, CancellationToken cancellationToken)
        {
            var buffer = new byte[4096];
            try
            {
                while (answer.Length < most
                    && await stream.ReadAsync(
                        buffer.AsMemory(0, (int)Math.Min(buffer.Length, most - answer.Length)), cancellationToken) is > 0 and var read)
                {
                    answer.Write(buffer, 0, read);
                }
            }
            catch (IOException)
            {
                // The gateway cut it.
            }
        }

        private Random Next() => new(Interlocked.Increment(ref _seed));

        [GeneratedRegex("cntr_[0-9a-f]{16}")]
        private static partial Regex Id();

        [GeneratedRegex("Content-Length: ([0-9]+)\r\n", RegexOptions.IgnoreCase)]
        private static partial Regex Length();
    }
}
