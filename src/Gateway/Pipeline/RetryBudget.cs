using System.Collections.Concurrent;

namespace Gateway.Pipeline;

/// <summary>
/// Keeps an outage from being doubled by repetitions: each provider earns a fifth of a repetition per call and may save up some, for each tenant
/// apart, so that none spends what another has earned. Repetitions that go
/// to another account because the first refused are not counted; they hit nobody twice. Nor is the one after a connection broke, which the pool may
/// be to blame for: that one client's failures have spent the budget keeps retries from others, and makes them no failure.
/// </summary>
internal sealed class RetryBudget
{
    /// <summary>Repetitions a provider may have in hand.</summary>
    private const double Max = 50;

    /// <summary>Repetitions earned per call.</summary>
    private const double PerCall = 0.2;

    /// <summary>Most budgets kept, since tokens may name any number of tenants; beyond it all begin anew.</summary>
    private const int MaxBudgets = 10_000;

    private readonly ConcurrentDictionary<(string Provider, string? Tenant), TokenBucket> _budgets = new();

    /// <summary>A call begins.</summary>
    /// <param name="provider">Where.</param>
    /// <param name="tenant">Whose; null for nobody's.</param>
    public void Earn(string provider, string? tenant = null) => Of(provider, tenant).Add(PerCall);

    /// <summary>Takes one repetition if there is one in hand.</summary>
    /// <inheritdoc cref="Earn"/>
    public bool TrySpend(string provider, string? tenant = null) => Of(provider, tenant).TryTake();

    private TokenBucket Of(string provider, string? tenant)
    {
        if (_budgets.TryGetValue((provider, tenant), out var known))
        {
            return known;
        }

        if (_budgets.Count >= MaxBudgets)
        {
            _budgets.Clear();
        }

        return _budgets.GetOrAdd((provider, tenant), static _ => new TokenBucket());
    }

    private sealed class TokenBucket
    {
        private readonly Lock _lock = new();
        private double _inHand = 10;

        public void Add(double amount)
        {
            lock (_lock)
            {
                _inHand = Math.Min(Max, _inHand + amount);
            }
        }

        public bool TryTake()
        {
            lock (_lock)
            {
                if (_inHand < 1)
                {
                    return false;
                }

                _inHand--;
                return true;
            }
        }
    }
}
