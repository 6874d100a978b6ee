using System.Globalization;
using Gateway.Sqlite;

namespace Gateway.Ledger;

/// <summary>The table <c>adopted</c> of a ledger's file.</summary>
internal static class SqliteAdoptions
{
    /// <summary>What was given to tenants of providers that keep owners themselves. The row without an id counts all adoptions.</summary>
    public const string Schema = """
        CREATE TABLE IF NOT EXISTS adopted (
          seq INTEGER PRIMARY KEY AUTOINCREMENT, provider TEXT NOT NULL, id TEXT NOT NULL, tenant TEXT NOT NULL, UNIQUE (provider, id)) STRICT;
        """;

    public static void Write(SqliteSession session, Adoption adoption, long nowMs)
    {
        foreach (var id in adoption.Ids)
        {
            session.Execute(
                """
                INSERT INTO entries (id, provider, account, created_at, tenant, touched_ms, deleted_ms) VALUES ($1, $2, '', 0, $3, $4, 0)
                ON CONFLICT (id, provider) DO UPDATE SET tenant = excluded.tenant, touched_ms = excluded.touched_ms
                """,
                id, adoption.Provider, adoption.Tenant, nowMs);
            if (adoption.IsKeptThere)
            {
                Put(session, adoption.Provider, id, adoption.Tenant);
            }
        }

        Put(session, "", "", "");
    }

    public static AdoptedContainers? Read(SqliteSession session, string? known)
    {
        var version = session.Number("SELECT max(seq) FROM adopted").ToString(CultureInfo.InvariantCulture);
        return version == known
            ? null
            : new AdoptedContainers(version, session.Query(
                "SELECT provider, id, tenant FROM adopted WHERE id <> ''", row => (row.GetString(0), row.GetString(1), row.GetString(2))));
    }

    public static void Forget(SqliteSession session, string id, string provider) =>
        session.Execute("DELETE FROM adopted WHERE provider = $1 AND id = $2", provider, id);

    private static void Put(SqliteSession session, string provider, string id, string tenant) =>
        session.Execute("INSERT OR REPLACE INTO adopted (provider, id, tenant) VALUES ($1, $2, $3)", provider, id, tenant);
}
