using System.Collections.Immutable;
using Gateway.Ledger;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Hosting;

/// <summary>
/// <c>gateway ledger adopt ID… --tenant TENANT [--provider NAME]</c>: gives containers to a tenant, beside a gateway that runs or not. It writes
/// the ledger; gateways that share it act by it within seconds.
/// </summary>
internal static class LedgerCommand
{
    private const int MaxTenant = 200;
    private const int Portion = 500;
    private const int Attempts = 5;

    /// <summary>What of a call cannot be understood; null for none.</summary>
    public static string? Unknown(string[] args)
    {
        var (ids, tenant, _, unknown) = Parse(args);
        return unknown ?? (args.ElementAtOrDefault(1) != "adopt" ? args.ElementAtOrDefault(1) ?? "ledger"
            : ids.IsEmpty ? "adopt (whose ids?)"
            : string.IsNullOrEmpty(tenant) || tenant.Length > MaxTenant || tenant.Any(char.IsControl) ? "adopt (--tenant?)"
            : null);
    }

    /// <summary>Carries it out.</summary>
    /// <returns>0 when all were adopted; 1 when some were not, which it names.</returns>
    public static async Task<int> RunAsync(string[] args, GatewaySettings settings, TextReader input, TextWriter output, TextWriter errors)
    {
        var (named, tenant, provider, _) = Parse(args);
        var ids = new List<string>();
        foreach (var name in named)
        {
            ids.AddRange(name == "-" ? await LinesAsync(input) : [name]);
        }

        await using var services = Services(settings);
        var store = services.GetRequiredService<ILedgerStore>();
        var accepted = new List<(string Id, ProviderSettings Provider)>();
        var refused = 0;
        foreach (var id in ids.Distinct(StringComparer.Ordinal))
        {
            var (where, reason) = await PlaceAsync(store, id, tenant!, provider, settings);
            if (where is not null)
            {
                accepted.Add((id, where));
                continue;
            }

            refused++;
            await errors.WriteLineAsync($"{id}: {reason}");
        }

        var adopted = 0;
        foreach (var group in accepted.GroupBy(each => each.Provider, each => each.Id))
        {
            foreach (var portion in group.Chunk(Portion))
            {
                if (!await AdoptAsync(store, new Adoption(group.Key.Name, [.. portion], tenant!, group.Key.Dialect.KeepsTenant)))
                {
                    await errors.WriteLineAsync(
                        $"the ledger cannot be written; {adopted} of {accepted.Count} were adopted. Adopting them again does no harm");
                    return 1;
                }

                adopted += portion.Length;
            }
        }

        await output.WriteLineAsync($"adopted for {tenant}: {adopted}");
        return refused == 0 ? 0 : 1;
    }

    private static (ImmutableArray<string> Ids, string? Tenant, string? Provider, string? Unknown) Parse(string[] args)
    {
        var ids = ImmutableArray.CreateBuilder<string>();
        string? tenant = null, provider = null, unknown = null;
        for (var i = 2; i < args.Length; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var before, var after] && args[i].StartsWith("--", StringComparison.Ordinal)
                ? (before, after) : (args[i], null);
            switch (name)
            {
                case "--tenant":
                    tenant = value ?? args.ElementAtOrDefault(++i);
                    break;
                case "--provider":
                    provider = value ?? args.ElementAtOrDefault(++i);
                    break;
                case "--config":
                    i += value is null ? 1 : 0;
                    break;
                default:
                    unknown ??= name.StartsWith("--", StringComparison.Ordinal) ? name : null;
                    ids.Add(name);
                    break;
            }
        }

        return (ids.ToImmutable(), tenant, provider, unknown);
    }

    /// <summary>The provider whose container it is, or why it cannot be adopted.</summary>
    private static async ValueTask<(ProviderSettings? Provider, string? Reason)> PlaceAsync(
        ILedgerStore store, string id, string tenant, string? named, GatewaySettings settings)
    {
        if (!ContainerId.TryParse(id, out _, out var malformed))
        {
            return (null, malformed);
        }

        var rows = await store.ReadAsync([id], CancellationToken.None);
        if (rows.IsDefault)
        {
            return (null, "the ledger is out of reach");
        }

        var name = named ?? (settings.Providers.Count == 1 ? settings.Providers.Keys.First() : rows is [var only] ? only.Entry.Provider : null);
        if (name is null)
        {
            return (null, "the ledger does not know its provider; name it with --provider");
        }

        if (!settings.Providers.TryGetValue(name, out var provider))
        {
            return (null, $"there is no provider {name}");
        }

        // Its own word counts there, and cannot be changed: a label is fixed when a container is made.
        var owner = rows.FirstOrDefault(row => row.Entry.Provider == name)?.Entry.Tenant;
        return provider.Dialect.KeepsTenant && owner is not null && owner != tenant
            ? (null, $"it is {owner}'s, and provider {name} keeps owners itself: only what is nobody's there can be adopted")
            : (provider, null);
    }

    private static async ValueTask<bool> AdoptAsync(ILedgerStore store, Adoption adoption)
    {
        // A gateway may hold the file for a moment.
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await store.AdoptAsync(adoption, CancellationToken.None))
            {
                return true;
            }
        }

        return false;
    }

    private static async ValueTask<IEnumerable<string>> LinesAsync(TextReader input) =>
        (await input.ReadToEndAsync()).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static ServiceProvider Services(GatewaySettings settings)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        services.AddLedger(settings);
        return services.BuildServiceProvider();
    }
}
