using Gateway.Pipeline;
using Xunit;

namespace Gateway.Tests.Pipeline;

public sealed class BudgetTests
{
    [Fact]
    public void Call_budget_is_what_its_requests_have_not_used_and_never_negative()
    {
        var budget = new CallBudget(TimeSpan.FromSeconds(10));
        budget.Spend(TimeSpan.FromSeconds(4));
        budget.Spend(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(1), budget.Remaining);
        budget.Spend(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.Zero, budget.Remaining);
    }

    [Fact]
    public void Retry_budget_starts_with_ten_and_earns_one_in_five_calls()
    {
        var budget = new RetryBudget();
        Assert.Equal(10, Spent(budget, "a"));
        for (var call = 0; call < 11; call++)
        {
            budget.Earn("a");
        }

        Assert.Equal(2, Spent(budget, "a"));
    }

    [Fact]
    public void Retry_budget_saves_up_no_more_than_fifty_and_each_provider_has_its_own()
    {
        var budget = new RetryBudget();
        for (var call = 0; call < 10_000; call++)
        {
            budget.Earn("a");
        }

        Assert.Equal(50, Spent(budget, "a"));
        Assert.Equal(10, Spent(budget, "b"));
    }

    [Fact]
    public void Retry_budget_of_a_tenant_is_not_spent_by_another()
    {
        var budget = new RetryBudget();
        Assert.Equal(10, Spent(budget, "a", "team:one"));
        Assert.Equal(10, Spent(budget, "a", "team:two"));
        Assert.Equal(10, Spent(budget, "a"));
    }

    [Fact]
    public void Retry_budget_is_never_overspent_by_many_threads()
    {
        var budget = new RetryBudget();
        var spent = 0;
        Parallel.For(0, 1000, _ =>
        {
            if (budget.TrySpend("a"))
            {
                Interlocked.Increment(ref spent);
            }
        });
        Assert.Equal(10, spent);
    }

    private static int Spent(RetryBudget budget, string provider, string? tenant = null)
    {
        var spent = 0;
        while (budget.TrySpend(provider, tenant))
        {
            spent++;
        }

        return spent;
    }
}
