using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Gateway.Providers.Contract;

namespace Gateway.Providers.Local;

/// <summary>
/// Containers that were nobody's and that an operator has given to a tenant: from the first call that says so on their rows say it, too.
/// </summary>
internal sealed class LocalAdoptions(LocalStore store)
{
    private readonly ConditionalWeakTable<FrozenSet<string>, object> _taken = [];

    /// <summary>Has the rows say what the tenant was given; costs nothing when it was given nothing, or nothing new.</summary>
    public async ValueTask TakeAsync(Tenant? tenant, CancellationToken cancellationToken)
    {
        if (tenant is not { SeesAll: false, Adopted: { Count: > 0 } given } || _taken.TryGetValue(given, out _))
        {
            return;
        }

        await store.Database.WriteAsync(
            session =>
            {
                LocalStoreContainers.Give(session, given, tenant.Id);
                return true;
            },
            cancellationToken);
        _taken.AddOrUpdate(given, given);
    }
}
