using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>
/// Brings images to the engine: one pull for all who wait for it, which goes on when they leave. After a failure the same answer is given for a
/// moment, so that a registry that refuses is not asked by each create.
/// </summary>
internal sealed class ImagePulls(TimeProvider time)
{
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Pull> _pulls = [];

    /// <summary>The pull that is under way, else the last that failed; null when there is none.</summary>
    public ProviderActivity? Activity
    {
        get
        {
            lock (_lock)
            {
                var pull = _pulls.Values.FirstOrDefault(each => !each.Work.IsCompleted) ?? _pulls.Values.LastOrDefault();
                return pull is null ? null
                    : pull.Failure is { } failure ? new ProviderActivity(failure.Detail ?? failure.Message, IsFault: true)
                    : new ProviderActivity(pull.Progress.ToString(), IsFault: false);
            }
        }
    }

    /// <summary>
    /// Waits until the image is at the engine, at most as long as a request may take; throws <see cref="TranslationRefusedException"/> when it is not
    /// by then, or cannot be had.
    /// </summary>
    public async ValueTask WaitAsync(string image, EngineClient engine, TimeSpan patience, CancellationToken cancellationToken)
    {
        var pull = Join(image, engine);
        try
        {
            if (await pull.Work.WaitAsync(patience, time, cancellationToken) is { } failure)
            {
                throw new TranslationRefusedException(failure);
            }
        }
        catch (TimeoutException)
        {
            throw EngineErrors.StillPulling(pull.Progress.ToString());
        }
    }

    /// <summary>The image is there, however it came.</summary>
    public void Found(string image)
    {
        lock (_lock)
        {
            if (_pulls.TryGetValue(image, out var pull) && pull.Work.IsCompleted)
            {
                _pulls.Remove(image);
            }
        }
    }

    private Pull Join(string image, EngineClient engine)
    {
        lock (_lock)
        {
            if (_pulls.TryGetValue(image, out var known) && (!known.Work.IsCompleted || time.GetElapsedTime(known.EndedAt) < s_pause))
            {
                return known;
            }

            var progress = new PullProgress(image);
            var pull = _pulls[image] = new Pull(progress);

            // Nothing of the request that happens to be first goes along: it may be over long before.
            using (ExecutionContext.SuppressFlow())
            {
                pull.Work = Task.Run(() => RunAsync(image, engine.Detach(), pull));
            }

            return pull;
        }
    }

    private async Task<GatewayError?> RunAsync(string image, EngineClient engine, Pull pull)
    {
        using var limit = new CancellationTokenSource(s_longest, time);
        GatewayError? failure = null;
        try
        {
            await engine.PullAsync(image, pull.Progress, limit.Token);
        }
        catch (TranslationRefusedException refused)
        {
            failure = refused.Error;
        }
        catch (UpstreamBrokenException broken)
        {
            failure = EngineErrors.PullFailed(image, broken.Error.Message).Error;
        }
        catch (OperationCanceledException)
        {
            failure = EngineErrors.PullFailed(image, $"it took longer than {s_longest.TotalMinutes} minutes").Error;
        }

        lock (_lock)
        {
            pull.EndedAt = time.GetTimestamp();
            pull.Failure = failure;
            if (failure is null)
            {
                _pulls.Remove(image);
            }
        }

        return failure;
    }

    private sealed class Pull(PullProgress progress)
    {
        public PullProgress Progress => progress;

        public Task<GatewayError?> Work { get; set; } = Task.FromResult<GatewayError?>(null);

        public long EndedAt { get; set; }

        public GatewayError? Failure { get; set; }
    }
}
