using System.Runtime.InteropServices;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;
using Gateway.Sqlite;
using Microsoft.Data.Sqlite;

namespace Gateway.Providers.Local;

/// <summary>A position in a list: behind the object created at this time as this one in sequence.</summary>
internal sealed record LocalStoreCursor(long CreatedAt, long Seq)
{
    /// <summary>How long the position of a deleted object is remembered, so that a client that is paging can go on.</summary>
    public static readonly TimeSpan TombstoneLife = TimeSpan.FromHours(24);

    /// <summary>How many are remembered; beyond it the oldest are forgotten. It bounds the database.</summary>
    public const int MaxTombstones = 100_000;

    /// <summary>The position of an object, alive or not; refuses an id that never was in the list or is long gone.</summary>
    /// <param name="session">Any session.</param>
    /// <param name="alive">Finds a living object by id (<c>$1</c>) and container (<c>$2</c>).</param>
    /// <param name="id">The id.</param>
    /// <param name="containerSeq">The container whose files are listed, or 0 for the list of containers.</param>
    /// <param name="owner">The only owner whose objects are known; null for all. Not needed for files: their container is the owner's.</param>
    public static LocalStoreCursor Find(SqliteSession session, string alive, string id, long containerSeq, string? owner = null)
    {
        const string Buried = "SELECT created_at, seq FROM tombstones WHERE id = $1 AND container_seq = $2";
        return (owner is null
            ? session.Find(alive, Map, id, containerSeq) ?? session.Find(Buried, Map, id, containerSeq)
            : session.Find($"{alive} AND tenant = $3", Map, id, containerSeq, owner)
                ?? session.Find($"{Buried} AND tenant = $3", Map, id, containerSeq, owner))
            ?? throw TranslatedErrors.UnknownCursor(id);
    }

    /// <summary>Remembers the position of an object that goes.</summary>
    public static void Bury(SqliteSession session, string id, long containerSeq, long createdAt, long seq, long nowMs, string? owner = null) =>
        session.Execute(
            "INSERT INTO tombstones (id, container_seq, created_at, seq, deleted_at_ms, tenant) VALUES ($1, $2, $3, $4, $5, $6)",
            id, containerSeq, createdAt, seq, nowMs, owner);

    /// <summary>Forgets old positions.</summary>
    public static void Clean(SqliteSession session, long nowMs)
    {
        var oldest = session.Number("SELECT deleted_at_ms FROM tombstones ORDER BY deleted_at_ms DESC LIMIT 1 OFFSET $1", MaxTombstones);
        session.Execute(
            "DELETE FROM tombstones WHERE deleted_at_ms <= $1", Math.Max(oldest, nowMs - (long)TombstoneLife.TotalMilliseconds));
    }

    /// <summary>Adds a condition and its value.</summary>
    public static string And(string where, List<object?> values, string condition, object value)
    {
        values.Add(value);
        return $"{(where.Length == 0 ? " WHERE" : where + " AND")} {condition} ${values.Count}";
    }

    /// <summary>
    /// Reads a page in the exact order of creation: keyset paging, so that its cost does not grow with its distance from the start.
    /// </summary>
    public static TranslatedPage<T> Page<T>(
        SqliteSession session,
        string select,
        string where,
        List<object?> values,
        LocalStoreCursor? cursor,
        PageQuery query,
        Func<SqliteDataReader, T> map,
        string table = "")
    {
        var (behind, direction) = query.Order == ListOrder.Ascending ? (">", "ASC") : ("<", "DESC");
        if (cursor is not null)
        {
            values.Add(cursor.CreatedAt);
            where = And(where, values, $"({table}created_at, {table}seq) {behind} (${values.Count},", cursor.Seq) + ")";
        }

        // One more than asked for tells whether there is more.
        values.Add(query.Limit + 1);
        var items = session.Query(
            $"{select}{where} ORDER BY {table}created_at {direction}, {table}seq {direction} LIMIT ${values.Count}", map,
            CollectionsMarshal.AsSpan(values));
        var hasMore = items.Count > query.Limit;
        if (hasMore)
        {
            items.RemoveAt(query.Limit);
        }

        return new TranslatedPage<T>(items, hasMore);
    }

    private static LocalStoreCursor Map(SqliteDataReader row) => new(row.GetInt64(0), row.GetInt64(1));
}
