using System.Collections.Frozen;
using Gateway.Cache;
using Gateway.Ledger;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Accounts;

/// <summary>
/// What operators have given to tenants, as this instance knows it: a second old at most, once a tenant has called. For providers that keep the owner
/// themselves it is part of the tenant that they are asked for; for all of them lists cached before are not served after it.
/// </summary>
internal sealed class Adoptions(ILedger ledger, IEpochStore epochs, SettingsSource settings, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1);
    private volatile Snapshot? _known;

    /// <summary>The call with what its tenant was given at this provider.</summary>
    public ValueTask<Call> ApplyAsync(Call call, ProviderSettings provider)
    {
        if (call.Tenant is not { SeesAll: false } tenant || !provider.Dialect.KeepsTenant)
        {
            return ValueTask.FromResult(call);
        }

        return _known is { } known
            ? ValueTask.FromResult(With(call, known.Of(provider.Name, tenant.Id)))
            : ApplyAsync(call, provider.Name);

        async ValueTask<Call> ApplyAsync(Call call, string name) => With(call, (await LoadAsync()).Of(name, call.Tenant!.Id));
    }

    /// <summary>The tenant of a call with what it was given at this provider.</summary>
    public async ValueTask<Tenant?> ApplyAsync(Tenant? tenant, ProviderSettings provider) =>
        tenant is { SeesAll: false } && provider.Dialect.KeepsTenant
            ? tenant with { Adopted = (_known ?? await LoadAsync()).Of(provider.Name, tenant.Id) }
            : tenant;

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _turn.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (_known is not null)
                {
                    await RefreshAsync(stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private static Call With(Call call, FrozenSet<string> given) =>
        given.Count == 0 ? call : call with { Tenant = call.Tenant! with { Adopted = given } };

    private async ValueTask<Snapshot> LoadAsync()
    {
        await _turn.WaitAsync();
        try
        {
            // Out of reach it is none: what a tenant was given is missing until the store says it.
            return _known ??= await ledger.AdoptedAsync(null, CancellationToken.None) is { } adopted ? new Snapshot(adopted, null) : Snapshot.Unread;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask RefreshAsync(CancellationToken cancellationToken)
    {
        var known = _known!;
        if (await ledger.AdoptedAsync(known.Version, cancellationToken) is not { } adopted)
        {
            return;
        }

        _known = new Snapshot(adopted, known);
        await epochs.BumpAsync(ListScopes.AllOf(settings.Current));
    }

    /// <summary>What was given, by provider and tenant; a set that has not changed stays the same object.</summary>
    private sealed class Snapshot
    {
        /// <summary>Before the store was reached.</summary>
        public static readonly Snapshot Unread = new(new AdoptedContainers("", []), null);

        private readonly FrozenDictionary<(string Provider, string Tenant), FrozenSet<string>> _sets;

        public Snapshot(AdoptedContainers adopted, Snapshot? before)
        {
            Version = adopted.Version;
            _sets = adopted.Entries.GroupBy(entry => (entry.Provider, entry.Tenant), entry => entry.Id).ToFrozenDictionary(
                group => group.Key,
                group => before?.Of(group.Key.Provider, group.Key.Tenant) is { Count: > 0 } old && old.SetEquals(group)
                    ? old : group.ToFrozenSet(StringComparer.Ordinal));
        }

        public string Version { get; }

        public FrozenSet<string> Of(string provider, string tenant) => _sets.GetValueOrDefault((provider, tenant), FrozenSet<string>.Empty);
    }
}
