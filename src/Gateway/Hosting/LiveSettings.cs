using System.Security.Cryptography;
using Gateway.Accounts;
using Gateway.Limits;
using Gateway.Providers;
using Gateway.Settings;
using Gateway.Telemetry;
using Gateway.Upstream;

namespace Gateway.Hosting;

/// <summary>
/// Applies edits of the configuration file without a restart. The file is read, not watched: that sees every way of replacing it (an editor's rename,
/// Kubernetes' switched link, a network file system) alike. A file that cannot be used is refused with the reason, and the old settings stay.
/// </summary>
internal sealed class LiveSettings(
    SettingsSource source, ProviderRegistry registry, ClusterConfigs clusters, AccountHealth health, CredentialStore credentials,
    ILimiter limiter, GatewayMetrics metrics, StateMetrics state, TimeProvider time, ILogger<LiveSettings> logger)
    : BackgroundService
{
    /// <summary>Time between looks; an edit must look the same twice, so that a half-written file is not judged.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    /// <summary>Every so many looks the secrets behind <c>file:</c> references are read again, too.</summary>
    private const int LooksPerSecret = 6;

    private static readonly TimeSpan s_applyLimit = TimeSpan.FromSeconds(10);

    /// <summary>What became of the last edit.</summary>
    public SettingsState State { get; private set; } = new(null, time.GetUtcNow());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var path = source.Current.SourcePath;
        if (path != ConfigPath.DocumentVariable && !File.Exists(path))
        {
            return;
        }

        using var timer = new PeriodicTimer(s_look, time);

        // The file may have changed since the settings were read from it; the first look judges it in any case.
        string? judged = null;
        var seen = Fingerprint(path);
        for (var look = 1; await NextAsync(timer, stoppingToken); look++)
        {
            var now = Fingerprint(path);
            var isStable = now == seen;
            seen = now;
            if (now is not null && isStable && (now != judged || look % LooksPerSecret == 0))
            {
                await JudgeAsync(path, isEdit: judged is not null && now != judged, stoppingToken);
                judged = now;
            }
        }
    }

    /// <summary>False at the end of the process, which also comes before a start that failed has got this far.</summary>
    private static async ValueTask<bool> NextAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static string? Fingerprint(string path)
    {
        if (path == ConfigPath.DocumentVariable)
        {
            // The environment of a process does not change; only secrets behind file: references do.
            return "";
        }

        try
        {
            return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // In the middle of being replaced.
            return null;
        }
    }

    private async Task JudgeAsync(string path, bool isEdit, CancellationToken cancellationToken)
    {
        try
        {
            var next = SettingsReader.Read(
                path, Environment.GetEnvironmentVariable, Directory.GetCurrentDirectory(), source.Current.InForce);
            if (next.Revision != source.Current.Revision)
            {
                await ApplyAsync(next, cancellationToken);
            }

            Judged(null);
        }
#pragma warning disable CA1031 // Whatever is wrong with an edit, the old settings serve on; an exception that escaped would stop the process.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            if (isEdit || State.RefusedBecause is null)
            {
                logger.SettingsRefused(exception.Message);
                metrics.Reload(accepted: false);
            }

            Judged(exception.Message);
        }
    }

    private void Judged(string? refusedBecause)
    {
        State = new SettingsState(refusedBecause, time.GetUtcNow());
        state.ConfigurationJudged(refusedBecause is not null);
    }

    /// <summary>Puts settings in force.</summary>
    internal async Task ApplyAsync(GatewaySettings next, CancellationToken cancellationToken)
    {
        var previous = source.Current;
        if (next.Server.Tls is { } tls && tls != previous.Server.Tls)
        {
            await TlsTrial.RunAsync(tls, cancellationToken);
        }

        if (!Equals(next.Cache.Redis, previous.Cache.Redis))
        {
            // The file that it refers to has changed.
            next = next with { AwaitRestart = next.AwaitRestart.Add("cache.redis"), Cache = next.Cache with { Redis = previous.Cache.Redis } };
        }

        if (!next.AwaitRestart.IsEmpty)
        {
            logger.SettingsNeedRestart(string.Join(", ", next.AwaitRestart));
        }

        next = KeptAccounts.Keep(next, previous);
        registry.Load(next);
        source.Announce(next);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(s_applyLimit);
            await clusters.ApplyAsync(next, previous, limit.Token);
        }
        catch
        {
            source.Announce(previous);
            throw;
        }

        source.Publish(next);
        health.Keep(next.Providers.Values.SelectMany(provider => provider.Accounts.Select(account => (provider.Name, account))));
        credentials.Keep(next, previous);
        limiter.Keep(next.Access);
        state.ConfigurationLoaded();
        metrics.Reload(accepted: true);
        logger.SettingsApplied(next.Revision, string.Join(", ", next.Providers.Keys.Order(StringComparer.Ordinal)));
        foreach (var warning in next.Warnings.Except(previous.Warnings))
        {
            logger.ConfigurationWarning(warning);
        }
    }
}
