using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Gateway.Ledger;
using Gateway.Providers.Contract;
using Gateway.Redis;
using Gateway.Settings;
using Gateway.Telemetry;
using StackExchange.Redis;

namespace Gateway.Hosting;

/// <summary>
/// <c>gateway doctor</c>: checks what a start would need, without starting: the file, the secrets, the data directory, Redis, where telemetry goes,
/// and that each key of each provider may list containers (<see cref="UpstreamChecks"/>). Exit code 0 when all is well.
/// </summary>
internal static class Doctor
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(string path, Func<string, string?> environment, string currentDirectory, TextWriter output)
    {
        var findings = new List<Finding>();
        try
        {
            var settings = SettingsReader.Read(path, environment, currentDirectory);
            findings.Add(new("configuration", true, $"{settings.SourcePath} ({settings.Providers.Count} providers)"));
            findings.AddRange(settings.Warnings.Select(warning => new Finding("warning", true, warning)));
            findings.AddRange(CheckKeys(settings.Access));
            if (settings.Access.Jwt is { } jwt)
            {
                var (well, reached) = await ReachAsync(new Uri(jwt.Authority), null, systemTrusts: true);
                findings.Add(new("identity provider", well, reached));
            }

            if (settings.Server.Tls is { } tls)
            {
                findings.AddRange(await TlsChecks.RunAsync(tls, TimeProvider.System.GetUtcNow()));
            }

            findings.Add(CheckDirectory(settings.DataDirectory));
            if (settings.Cache.Redis is { IsEmpty: false } redis)
            {
                findings.Add(await CheckRedisAsync(redis, settings.Cache.RedisTimeout));
            }
            else if (settings.NeedsLedger)
            {
                var (well, detail) = LedgerInspection.Of(LedgerSetup.PathOf(settings));
                findings.Add(new("ledger", well, detail));
            }

            findings.AddRange(await CheckTelemetryAsync(environment));
            findings.AddRange(await CheckProvidersAsync(settings));
        }
        catch (ConfigurationException exception)
        {
            findings.Add(new("configuration", false, exception.Problems.IsEmpty ? exception.Message : $"{path} cannot be used"));
            findings.AddRange(exception.Problems.Select(problem => new Finding("configuration", false, problem.ToString())));
        }

        var width = findings.Max(finding => finding.What.Length);
        foreach (var finding in findings)
        {
            await output.WriteLineAsync($"{(finding.Well ? "ok  " : "FAIL")}  {finding.What.PadRight(width)}  {finding.Detail}");
        }

        return findings.TrueForAll(finding => finding.Well) ? 0 : 1;
    }

    private static IEnumerable<Finding> CheckKeys(AccessSettings access) => access.Problems.IsEmpty
        ?
        [
            new("client keys", true, access.IsOpen
                ? $"none: {(access.AllowAnonymous ? "everybody shares everything" : "only this machine is answered")}"
                : $"{access.Keys.Length}{(access.IsEnforced ? "" : "; callers without one are let in")}"),
        ]
        : access.Problems.Select(problem => new Finding($"client key {problem.Key}", false, problem.Problem));

    private static Finding CheckDirectory(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            var probe = System.IO.Path.Combine(directory, $".doctor-{Guid.NewGuid():N}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return new("data directory", true, $"{directory} can be written");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new("data directory", false, $"{directory} cannot be written");
        }
    }

    private static async Task<Finding> CheckRedisAsync(Secret address, TimeSpan timeout)
    {
        var options = RedisAddress.Parse(address, timeout);
        options.ConnectTimeout = (int)s_limit.TotalMilliseconds;
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
            return await PingAsync(connection, options);
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception) || exception is InvalidOperationException or ArgumentException)
        {
            return Unreached(RedisFailure.Reason(exception, options));
        }
    }

    private static async Task<Finding> PingAsync(ConnectionMultiplexer connection, ConfigurationOptions options)
    {
        var cause = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionFailed += (_, failed) =>
        {
            if (failed.Exception is { } why && RedisFailure.Cause(why, options) is { } reason)
            {
                cause.TrySetResult(reason);
            }
        };
        try
        {
            var latency = await connection.GetDatabase().PingAsync();
            return new("redis", true, $"answers in {latency.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture)} ms");
        }
        catch (Exception failure) when (RedisFailure.IsOutage(failure))
        {
            // A command may learn no more than that there is no connection; the library's next try, half a second later, says why.
            var told = RedisFailure.Cause(failure, options) is null && await Task.WhenAny(cause.Task, Task.Delay(s_limit)) == cause.Task;
            return Unreached(told ? await cause.Task : RedisFailure.Reason(failure, options));
        }
    }

    /// <summary>The library's own words are not shown: they hold the address, and with it the password.</summary>
    private static Finding Unreached(string reason) =>
        new("redis", false, $"is not reached: {reason}; without it owners are asked for and lists cached per process");

    private static async Task<IEnumerable<Finding>> CheckProvidersAsync(GatewaySettings settings)
    {
        await using var upstreams = new UpstreamChecks(settings);
        var checks = new List<Task<Finding>>();
        foreach (var provider in settings.Providers.Values.OrderBy(provider => provider.Name, StringComparer.Ordinal))
        {
            if (provider.Unavailable is { } reason)
            {
                checks.Add(Task.FromResult(new Finding($"provider {provider.Name}", false, reason)));
            }
            else if (provider.Accounts.IsEmpty)
            {
                checks.Add(Task.FromResult(new Finding($"provider {provider.Name}", true, "inside the gateway")));
            }
            else
            {
                checks.AddRange(provider.Accounts.Select(account => CheckAccountAsync(upstreams, provider, account)));
            }
        }

        return await Task.WhenAll(checks);
    }

    /// <summary>A connection first, since it says more about what keeps it from being made; then a list.</summary>
    private static async Task<Finding> CheckAccountAsync(UpstreamChecks upstreams, ProviderSettings provider, Account account)
    {
        var what = $"provider {provider.Name}, key {account.Name}";
        var isDirect = account.Transport?.UnixSocketPath is not null || (provider.Network.Proxy is null && !provider.Network.ProxyFromEnvironment);
        var (well, reached) = isDirect
            ? await ReachAsync(account.BaseAddress, account.Transport?.UnixSocketPath, SystemTrusts(provider, account))
            : (true, $"{account.BaseAddress.Host} is reached through a proxy");
        if (!well)
        {
            return new(what, false, reached);
        }

        (well, var listed) = await upstreams.AskAsync(provider, account);
        return new(what, well, $"{reached}; {listed}");
    }

    private static async Task<IEnumerable<Finding>> CheckTelemetryAsync(Func<string, string?> environment)
    {
        var findings = new List<Finding>();
        foreach (var endpoint in OtlpVariables.Endpoints(environment))
        {
            var (well, reached) = await ReachAsync(endpoint, null, systemTrusts: true);
            findings.Add(new("otlp", well, reached));
        }

        return findings;
    }

    private static async Task<(bool Well, string Detail)> ReachAsync(Uri address, string? socketPath, bool systemTrusts)
    {
        EndPoint target = socketPath is null ? new DnsEndPoint(address.IdnHost, address.Port) : new UnixDomainSocketEndPoint(socketPath);
        var name = socketPath ?? $"{address.Host}:{address.Port}";
        var started = Stopwatch.GetTimestamp();
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            using var socket = socketPath is null
                ? new Socket(SocketType.Stream, ProtocolType.Tcp) : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(target, limit.Token);
            if (address.Scheme == Uri.UriSchemeHttps && systemTrusts)
            {
                await using var tls = new SslStream(new NetworkStream(socket));
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.IdnHost }, limit.Token);
            }

            return (true, $"{name} connects in {UpstreamChecks.Milliseconds(started)} ms");
        }
        catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException or AuthenticationException)
        {
            var why = exception switch
            {
                SocketException refused => refused.SocketErrorCode.ToString(),
                OperationCanceledException => $"no answer within {s_limit.TotalSeconds} s",
                _ => $"the TLS handshake failed: {exception.Message}",
            };
            return (false, $"{name} is not reached: {why}");
        }
    }

    /// <summary>Whether the system's trust decides; with certificates of one's own the list tells.</summary>
    private static bool SystemTrusts(ProviderSettings provider, Account account) =>
        !provider.Network.InsecureSkipVerify && provider.Network.CaCertificatePem is null && account.Transport?.Tls is null;
}
