using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Telemetry;
using Gateway.Upstream;

namespace Gateway.Path;

/// <summary>The one loop that repeats hops. What to repeat is <see cref="RepeatPolicy"/>'s, how to send is <see cref="HopSender"/>'s.</summary>
internal sealed class AttemptLoop(HopSender sender, GatewayMetrics metrics, TimeProvider time, Random random)
{
    /// <summary>Sends a hop until it is answered for good, time is over, or repeating would be wrong.</summary>
    public async ValueTask<HopResult> RunAsync(
        Hop hop, ProviderSettings provider, Exchange exchange, HttpContext http, Delivery delivery, CancellationToken cancellationToken)
    {
        var network = provider.Network;
        var account = provider.Accounts[0];
        using var deadline = new Deadline(network.RequestTimeout, time, cancellationToken);
        var waited = TimeSpan.Zero;
        var mayHaveActed = false;
        for (var number = 1; ; number++)
        {
            exchange.Try(account.Name);
            var started = time.GetTimestamp();
            var outcome = await sender.SendAsync(new HopTry(hop, account, provider, exchange, http, deadline) { Delivery = delivery });
            var attempt = new Attempt(account.Name, outcome.Label, outcome.Status, time.GetElapsedTime(started), waited);
            exchange.Add(attempt);
            metrics.Upstream(exchange, attempt, number);
            if (mayHaveActed && hop.Repeat == Repeat.Delete && outcome.Result is HopResult.Answered { Answer.Status: 404 })
            {
                // The delete whose answer was lost had worked.
                return new HopResult.Answered(new NativeAnswer(204, null, default, null));
            }

            var wait = RepeatPolicy.Next(new RepeatQuestion(
                outcome.Failure, hop.Repeat, outcome.CanResend, number, network.MaxRetries, outcome.RetryAfter,
                RepeatPolicy.Backoff(number, network.BackoffInitial, network.BackoffMax, random.NextDouble()), deadline.Remaining));
            if (wait is not { } pause)
            {
                return outcome.Result;
            }

            mayHaveActed |= outcome.Failure is Failure.Ambiguous or Failure.Overloaded;
            metrics.Retry(provider.Name, outcome.Label);
            waited = pause;
            if (!await deadline.WaitAsync(pause))
            {
                return outcome.Result;
            }
        }
    }
}
