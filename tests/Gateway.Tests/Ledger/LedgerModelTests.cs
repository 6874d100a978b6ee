using CsCheck;
using Gateway.Ledger;
using Xunit;
using static Gateway.Tests.Ledger.LedgerPlace;

namespace Gateway.Tests.Ledger;

/// <summary>Any history of calls, flushes, restarts and passing time gives the answers of a plain list.</summary>
public sealed class LedgerModelTests
{
    private static readonly Gen<Step> s_step = Gen.Frequency(
        (6, Gen.Select(s_id, s_provider, s_account, s_time, s_tenant, (id, provider, account, time, tenant) =>
            (Step)new Step.Remember(new LedgerEntry(id, provider, account, time, tenant, false)))),
        (3, Gen.Select(s_id, s_provider, (id, provider) => (Step)new Step.Forget(id, provider))),
        (6, Gen.Select(s_provider, s_account, s_time, Gen.Bool, (provider, account, time, descending) =>
            (Step)new Step.Nearest(new LedgerPosition(provider, account, time, descending)))),
        (3, s_id.Select(id => (Step)new Step.Find(id))),
        (2, Gen.Const((Step)new Step.Flush())),
        (1, Gen.Const((Step)new Step.Restart())),
        (2, Gen.Int[1, 15].Select(hours => (Step)new Step.Wait(hours))));

    private static Gen<string> s_id => Gen.Int[1, 12].Select(number => $"cntr_{number}");

    private static Gen<string> s_provider => Gen.OneOf(Gen.Const("openai"), Gen.Const("azure"));

    private static Gen<string> s_account => Gen.OneOf(Gen.Const("one"), Gen.Const("two"));

    private static Gen<string?> s_tenant => Gen.OneOf(Gen.Const((string?)null), Gen.Const((string?)"team:one"), Gen.Const((string?)"team:two"));

    private static Gen<long> s_time => Gen.Long[0, 6];

    [Theory]
    [InlineData("sqlite", 60)]
    [InlineData("redis", 60)]
    public async Task Ledger_answers_like_a_list_under_any_sequence_of_calls(string store, int histories)
    {
        await using var place = await StartAsync(store);
        var run = 0;
        await s_step.List[1, 40].SampleAsync(
            async steps =>
            {
                // Each history has its own names in the same store: starting a server for each would take too long.
                var prefix = $"r{Interlocked.Increment(ref run)}-";
                var ledger = place.Open(front: 32, backlog: 3);
                var model = new LedgerModel();
                foreach (var step in steps)
                {
                    ledger = await TakeAsync(step, prefix, ledger, model, place);
                }

                await ledger.DisposeAsync();
            },
            iter: histories,
            threads: 1);
    }

    private static async Task<StoredLedger> TakeAsync(Step step, string prefix, StoredLedger ledger, LedgerModel model, LedgerPlace place)
    {
        switch (step)
        {
            case Step.Remember(var entry):
                entry = entry with { Id = prefix + entry.Id, Provider = prefix + entry.Provider };
                model.Remember(entry);
                await ledger.RememberAsync([entry], Token);
                break;
            case Step.Forget(var id, var provider):
                model.Forget(prefix + id, prefix + provider, place.Time.GetUtcNow());
                await ledger.ForgetAsync(prefix + id, prefix + provider, Token);
                break;
            case Step.Nearest(var position):
                position = position with { Provider = prefix + position.Provider };
                Assert.Equal(
                    model.Nearest(position, place.Time.GetUtcNow()),
                    await ledger.NearestAsync(position.Provider, position.Account, position.CreatedAt, position.Descending, Token));
                break;
            case Step.Find(var id):
                Assert.Equal(
                    model.Find(prefix + id, place.Time.GetUtcNow()),
                    (await ledger.FindAsync(prefix + id, Token)).OrderBy(entry => entry.Provider, StringComparer.Ordinal));
                break;
            case Step.Flush:
                await ledger.FlushAsync(Token);
                break;
            case Step.Restart:
                await ledger.DisposeAsync();
                return place.Open(front: 32, backlog: 3);
            case Step.Wait(var hours):
                place.Time.Advance(TimeSpan.FromHours(hours));
                break;
        }

        return ledger;
    }

    internal abstract record Step
    {
        internal sealed record Remember(LedgerEntry Entry) : Step;

        internal sealed record Forget(string Id, string Provider) : Step;

        internal sealed record Nearest(LedgerPosition Position) : Step;

        internal sealed record Find(string Id) : Step;

        internal sealed record Flush : Step;

        internal sealed record Restart : Step;

        internal sealed record Wait(int Hours) : Step;
    }

    private sealed class LedgerModel
    {
        private readonly List<(LedgerEntry Entry, DateTimeOffset? Deleted)> _entries = [];

        public void Remember(LedgerEntry entry)
        {
            // The owner of what lives stays; that of a tombstone unless there is another.
            var (old, deleted) = _entries.Find(known => known.Entry.Id == entry.Id && known.Entry.Provider == entry.Provider);
            entry = entry with { Tenant = deleted is null ? old?.Tenant ?? entry.Tenant : entry.Tenant ?? old.Tenant };
            _entries.RemoveAll(known => known.Entry.Id == entry.Id && known.Entry.Provider == entry.Provider);
            _entries.Add((entry, null));
        }

        public void Forget(string id, string provider, DateTimeOffset now)
        {
            var index = _entries.FindIndex(known => known.Entry.Id == id && known.Entry.Provider == provider && known.Deleted is null);
            if (index >= 0)
            {
                _entries[index] = (_entries[index].Entry with { Deleted = true }, now);
            }
        }

        public IEnumerable<LedgerEntry> Find(string id, DateTimeOffset now) =>
            Known(now).Where(entry => entry.Id == id).OrderBy(entry => entry.Provider, StringComparer.Ordinal);

        public LedgerEntry? Nearest(LedgerPosition position, DateTimeOffset now)
        {
            var list = Known(now).Where(entry => entry.Provider == position.Provider && entry.Account == position.Account && entry.CreatedAt != 0)
                .OrderBy(entry => entry.CreatedAt).ThenBy(entry => entry.Id, StringComparer.Ordinal).ToList();
            return position.Descending
                ? list.Find(entry => entry.CreatedAt > position.CreatedAt)
                : list.FindLast(entry => entry.CreatedAt < position.CreatedAt);
        }

        private IEnumerable<LedgerEntry> Known(DateTimeOffset now) =>
            _entries.Where(known => known.Deleted is null || now - known.Deleted < TimeSpan.FromHours(24)).Select(known => known.Entry);
    }
}
