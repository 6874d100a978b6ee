using Gateway.Sqlite;
using Microsoft.Data.Sqlite;

namespace Gateway.Ledger;

/// <summary>The table <c>entries</c> of a ledger's file.</summary>
internal static class SqliteLedgerRows
{
    /// <summary>What <see cref="Read"/> expects.</summary>
    public const string Columns = "id, provider, account, created_at, tenant, touched_ms, deleted_ms";

    private const string Upsert = $"""
        INSERT INTO entries ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id, provider) DO UPDATE SET account = excluded.account, created_at = excluded.created_at,
          tenant = CASE WHEN deleted_ms > 0 THEN coalesce(excluded.tenant, tenant) ELSE coalesce(tenant, excluded.tenant) END,
          touched_ms = excluded.touched_ms, deleted_ms = excluded.deleted_ms
        WHERE account IS NOT excluded.account OR created_at IS NOT excluded.created_at OR (tenant IS NULL AND excluded.tenant IS NOT NULL)
          OR (deleted_ms > 0) IS NOT (excluded.deleted_ms > 0) OR touched_ms < excluded.touched_ms - $8
        """;

    /// <summary>Makes a change.</summary>
    public static void Apply(SqliteSession session, LedgerChange change)
    {
        if (change.Row is { Entry: var entry } row)
        {
            session.Execute(
                Upsert, entry.Id, entry.Provider, entry.Account, entry.CreatedAt, entry.Tenant, row.TouchedAtMs, row.DeletedAtMs,
                (long)TimeSpan.FromHours(1).TotalMilliseconds);
        }
        else
        {
            session.Execute(
                "UPDATE entries SET deleted_ms = $3, touched_ms = $3 WHERE id = $1 AND provider = $2 AND deleted_ms = 0",
                change.Id, change.Provider, change.AtMs);
        }

        if (change.Row is null or { Entry.Deleted: true })
        {
            SqliteAdoptions.Forget(session, change.Id, change.Provider);
        }
    }

    /// <summary>A row.</summary>
    public static LedgerRow Read(SqliteDataReader reader) => new(
        new LedgerEntry(
            reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), reader.IsDBNull(4) ? null : reader.GetString(4),
            reader.GetInt64(6) > 0),
        reader.GetInt64(5),
        reader.GetInt64(6));
}
