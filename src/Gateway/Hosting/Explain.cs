using System.Text.Json;
using Gateway.Access;
using Gateway.Accounts;
using Gateway.Api;
using Gateway.Providers;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Hosting;

/// <summary>
/// <c>GET /explain?operation=container_create&amp;provider=openai</c> on the admin listener: which provider and accounts a call would use, and why,
/// without calling them. Further parameters: <c>surface</c> (<c>native</c>, <c>drop-in</c>), <c>container_id</c>, <c>key</c>, <c>key_id</c>, and
/// <c>virtual_key</c>, the name of a client key: what it may do, and, with an operation, where its call would go.
/// </summary>
internal sealed class Explain(SettingsSource source, Owners owners, Router router, AccountHealth health, TimeProvider time)
{
    /// <summary>Writes the explanation; returns the HTTP status.</summary>
    public async ValueTask<int> WriteAsync(Utf8JsonWriter writer, IQueryCollection query, CancellationToken cancellationToken)
    {
        var settings = source.Current;
        var rights = ClientRights.All;
        if (query["virtual_key"].ToString() is { Length: > 0 } key)
        {
            if (settings.Access.Keys.FirstOrDefault(each => each.Name == key) is not { } caller)
            {
                writer.WriteString("error"u8, "virtual_key names no client key");
                return StatusCodes.Status400BadRequest;
            }

            CallerPage.Write(writer, caller, time.GetUtcNow());
            rights = caller.Rights;
            settings = settings.SeenWith(rights);
            if (query["operation"].Count == 0)
            {
                return StatusCodes.Status200OK;
            }
        }

        if (Operation.Find(query["operation"].ToString()) is not { } operation)
        {
            writer.WriteString("error"u8, $"operation must be one of {string.Join(", ", Operation.All.Select(each => each.Name))}");
            return StatusCodes.Status400BadRequest;
        }

        ContainerId? container = null;
        if (query["container_id"].ToString() is { Length: > 0 } text)
        {
            if (!ContainerId.TryParse(text, out var id, out var reason))
            {
                writer.WriteString("error"u8, $"invalid container_id: {reason}");
                return StatusCodes.Status400BadRequest;
            }

            container = id;
        }

        writer.WriteString("operation"u8, operation.Name);
        var name = await ProviderAsync(writer, query, container, settings, cancellationToken);
        if (name is null)
        {
            return StatusCodes.Status200OK;
        }

        if (!AccessRules.ProviderOf(name, rights).Ok(out name, out var blocked))
        {
            writer.WriteString("refused"u8, blocked.Message);
            return StatusCodes.Status200OK;
        }

        if (ProviderSet.IsSeveral(name))
        {
            writer.WriteString("reason"u8, "merged: every account of these providers is asked");
            foreach (var each in ProviderSet.Resolve(name, settings, out _))
            {
                WriteAccounts(writer, each, []);
            }

            return StatusCodes.Status200OK;
        }

        if (ProviderSet.Refusal(name, operation, settings, out var provider) is { } refusal)
        {
            writer.WriteString("refused"u8, refusal.Message);
            return StatusCodes.Status200OK;
        }

        var call = new Call { Operation = operation, Provider = name, Container = container };
        var pinned = Pinned(query, provider!);
        var route = await router.RouteAsync(call, provider!, pinned, cancellationToken);
        writer.WriteString("reason"u8, Words(route, provider!, OperationKinds.Of(operation)));
        WriteAccounts(writer, provider!, [.. route.Accounts.Select(account => account.Id)]);
        return StatusCodes.Status200OK;
    }

    private static Account? Pinned(IQueryCollection query, ProviderSettings provider) =>
        query["key_id"].ToString() is { Length: > 0 } id ? provider.Accounts.FirstOrDefault(account => account.Id == id)
        : query["key"].ToString() is { Length: > 0 } key ? provider.Accounts.FirstOrDefault(account => account.Name == key)
        : null;

    private string Words(AccountRoute route, ProviderSettings provider, OperationKind kind) => route.Reason switch
    {
        RouteReason.NoAccounts => "the provider works inside the gateway",
        RouteReason.Merged => "every account is asked, the answers are merged",
        RouteReason.OwnerUnknown => $"the owner is not known: all {provider.Accounts.Length} accounts are asked side by side",
        _ when route.Accounts.All(account => health.WaitOf(provider.Name, account, kind) is not null) => "the upstream has asked to wait: 429",
        RouteReason.OnlyAccount => "the provider's only account",
        RouteReason.Pinned => "the call names the account",
        RouteReason.Owner => "the ledger knows the owner",
        RouteReason.HoldsFile => "the account that holds the file first, then by weight",
        _ when health.OutageOf(provider.Name, route.Accounts[0], kind) is not null =>
            "no account is well: the one that is back soonest is asked first",
        _ => "drawn by weight among healthy accounts; this is one draw",
    };

    private async ValueTask<string?> ProviderAsync(
        Utf8JsonWriter writer, IQueryCollection query, ContainerId? container, GatewaySettings settings, CancellationToken cancellationToken)
    {
        var isDropIn = query["surface"].ToString() == "drop-in";
        var named = query["provider"].ToString();
        var owner = named.Length == 0 && container is { } id ? await owners.ProviderOfAsync(id.Value, null, settings, cancellationToken) : null;
        var (name, why) = named.Length > 0 ? (named, "named by the call")
            : owner is not null ? (owner, "the ledger knows the container")
            : ApiSurface.All.First(surface => surface.IsDropIn == isDropIn).DefaultProvider(settings) is { } fallback
                ? (fallback, (isDropIn ? "drop_in_provider" : "default_provider") + Otherwise(container, settings))
            : (null, "none is named, and there is no default: 400");
        writer.WriteString("provider"u8, name);
        writer.WriteString("provider_because"u8, why);
        return name;
    }

    private static string Otherwise(ContainerId? container, GatewaySettings settings) =>
        container is null || settings.Providers.Count == 1
            ? ""
            : "; the ledger does not know the container: when it answers 404 the other providers are asked whether they have it";

    private void WriteAccounts(Utf8JsonWriter writer, ProviderSettings provider, IReadOnlyList<string> order)
    {
        writer.WriteStartArray($"accounts_of_{provider.Name}");
        foreach (var account in provider.Accounts)
        {
            var position = order.Count == 0 ? -1 : order.ToList().IndexOf(account.Id);
            writer.WriteStartObject();
            writer.WriteString("key"u8, account.Name);
            writer.WriteString("address"u8, account.Place);
            writer.WriteNumber("weight"u8, account.Weight);
            AccountPage.WriteState(writer, health, provider, account);
            if (position >= 0)
            {
                writer.WriteNumber("asked"u8, position + 1);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
