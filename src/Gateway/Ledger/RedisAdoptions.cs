using StackExchange.Redis;

namespace Gateway.Ledger;

/// <summary>What was given to tenants, in Redis: a hash of all of it, and a number that says whether it has changed.</summary>
internal static class RedisAdoptions
{
    public static async Task<bool> WriteAsync(IDatabase database, Adoption adoption, long nowMs)
    {
        foreach (var portion in adoption.Ids.Chunk(200))
        {
            await Task.WhenAll(portion.Select(id => WriteAsync(database, adoption, id, nowMs)));
        }

        await database.StringIncrementAsync(RedisLedgerFormat.AdoptionsKey);
        return true;
    }

    public static async Task<AdoptedContainers?> ReadAsync(IDatabase database, string? known)
    {
        // The number first: what is adopted in between is read twice rather than not at all.
        string version = await database.StringGetAsync(RedisLedgerFormat.AdoptionsKey) is { IsNull: false } number ? number! : "0";
        if (version == known)
        {
            return null;
        }

        var fields = await database.HashGetAllAsync(RedisLedgerFormat.AdoptedKey);
        return new AdoptedContainers(version, [.. fields.Select(field => (Names: ((string)field.Name!).Split('\n'), Tenant: (string)field.Value!))
            .Where(field => field.Names.Length == 2).Select(field => (field.Names[1], field.Names[0], field.Tenant))]);
    }

    private static async Task WriteAsync(IDatabase database, Adoption adoption, string id, long nowMs)
    {
        var key = RedisLedgerFormat.EntryKey(id);
        var row = new LedgerRow(new LedgerEntry(id, adoption.Provider, "", 0, adoption.Tenant, Deleted: false), nowMs, 0);
        await Task.WhenAll(
            database.HashSetAsync(key, adoption.Provider, RedisLedgerFormat.Write(row), When.NotExists),
            database.HashSetAsync(key, RedisLedgerFormat.OwnerField(adoption.Provider), adoption.Tenant),
            database.KeyExpireAsync(key, LedgerRow.Retention),
            adoption.IsKeptThere
                ? database.HashSetAsync(
                    RedisLedgerFormat.AdoptedKey, RedisLedgerFormat.AdoptedField(adoption.Provider, id), adoption.Tenant)
                : Task.CompletedTask);
    }
}
