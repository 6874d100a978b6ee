using System.Security.Cryptography;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;
using Gateway.Sqlite;
using Microsoft.Data.Sqlite;

namespace Gateway.Providers.Local;

/// <summary>The table <c>containers</c>. What it returns knows the stored activity only; see <see cref="LocalStoreActivity"/>.</summary>
internal static class LocalStoreContainers
{
    private const string Columns = 
        "seq, id, name, created_at, last_active_ms, idle_minutes, memory_limit, network_policy, metadata, expired_at_ms, tenant";

    /// <summary>The container with this id, or null.</summary>
    /// <param name="session">Any session.</param>
    /// <param name="id">The id.</param>
    /// <param name="owner">The only owner whose containers are found; null for all.</param>
    public static LocalContainer? Find(SqliteSession session, string id, string? owner) => owner is null
        ? session.Find($"SELECT {Columns} FROM containers WHERE id = $1", Map, id)
        : session.Find($"SELECT {Columns} FROM containers WHERE id = $1 AND tenant = $2", Map, id, owner);

    /// <summary>The container at this position, or null.</summary>
    public static LocalContainer? Find(SqliteSession session, long seq) =>
        session.Find($"SELECT {Columns} FROM containers WHERE seq = $1", Map, seq);

    /// <summary>One page of the containers of this owner, or of all for null.</summary>
    public static TranslatedPage<LocalContainer> Page(SqliteSession session, PageQuery query, string? owner)
    {
        var cursor = query.After is { } after
            ? LocalStoreCursor.Find(session, "SELECT created_at, seq FROM containers WHERE id = $1 AND $2 = 0", after, containerSeq: 0, owner)
            : null;
        var values = new List<object?>();
        var where = owner is null ? "" : LocalStoreCursor.And("", values, "tenant =", owner);
        where = query.Name is { } name ? LocalStoreCursor.And(where, values, "name =", name) : where;
        return LocalStoreCursor.Page(session, $"SELECT {Columns} FROM containers", where, values, cursor, query, Map);
    }

    /// <summary>How many run.</summary>
    public static long CountRunning(SqliteSession session) =>
        session.Number("SELECT count(*) FROM containers WHERE expired_at_ms IS NULL");

    /// <summary>Gives those of these containers that are nobody's to a tenant.</summary>
    public static void Give(SqliteSession session, IEnumerable<string> ids, string tenant)
    {
        foreach (var id in ids)
        {
            session.Execute("UPDATE containers SET tenant = $2 WHERE id = $1 AND tenant IS NULL", id, tenant);
        }
    }

    /// <summary>Adds a running container of this owner; null for nobody's.</summary>
    public static LocalContainer Insert(SqliteSession session, TranslatedSpec spec, string? owner, long nowMs)
    {
        var container = new LocalContainer
        {
            Seq = 0,
            Id = "cntr_" + RandomNumberGenerator.GetHexString(32, lowercase: true),
            Name = spec.Name,
            CreatedAt = nowMs / 1000,
            LastActiveMs = nowMs,
            IdleMinutes = spec.IdleMinutes,
            MemoryLimit = spec.MemoryLimit,
            NetworkPolicy = spec.NetworkPolicy,
            Metadata = spec.Metadata,
            Expired = false,
            Owner = owner,
        };
        var seq = session.Number(
            """
            INSERT INTO containers (id, name, created_at, last_active_ms, idle_minutes, memory_limit, network_policy, metadata, tenant)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING seq
            """,
            container.Id, container.Name, container.CreatedAt, container.LastActiveMs, container.IdleMinutes, container.MemoryLimit,
            container.NetworkPolicy, container.Metadata, container.Owner);
        return container with { Seq = seq };
    }

    /// <summary>Removes a container with its files and leaves a tombstone.</summary>
    /// <returns>The bytes nobody needs any more.</returns>
    public static List<LocalBlob> Delete(SqliteSession session, LocalContainer container, long nowMs)
    {
        var blobs = LocalStoreFiles.DeleteAll(session, container.Seq);
        session.Execute("DELETE FROM containers WHERE seq = $1", container.Seq);
        LocalStoreCursor.Bury(session, container.Id, containerSeq: 0, container.CreatedAt, container.Seq, nowMs, container.Owner);
        return blobs;
    }

    /// <summary>Stores the time of the last use.</summary>
    /// <returns>False when the container does not run (any more).</returns>
    public static bool Touch(SqliteSession session, long seq, long lastActiveMs) =>
        session.Execute(
            "UPDATE containers SET last_active_ms = max(last_active_ms, $2) WHERE seq = $1 AND expired_at_ms IS NULL", seq, lastActiveMs) > 0;

    /// <summary>
    /// Up to <paramref name="limit"/> running containers behind position <paramref name="behind"/> that look idle by their stored activity.
    /// </summary>
    public static List<LocalContainer> Idle(SqliteSession session, long nowMs, long behind, int limit) =>
        session.Query(
            $"""
            SELECT {Columns} FROM containers
            WHERE expired_at_ms IS NULL AND seq > $2 AND last_active_ms + idle_minutes * 60000 <= $1 ORDER BY seq LIMIT $3
            """,
            Map, nowMs, behind, limit);

    /// <summary>Marks a container as expired and removes its files.</summary>
    /// <returns>The bytes nobody needs any more.</returns>
    public static List<LocalBlob> Expire(SqliteSession session, LocalContainer container)
    {
        session.Execute(
            "UPDATE containers SET last_active_ms = $2, expired_at_ms = $3 WHERE seq = $1",
            container.Seq, container.LastActiveMs, container.LastActiveMs + container.IdleMs);
        return LocalStoreFiles.DeleteAll(session, container.Seq);
    }

    /// <summary>Removes the containers that expired first, beyond <paramref name="keep"/>. They have no files.</summary>
    /// <returns>What their rows counted in the quota.</returns>
    public static long ForgetExpired(SqliteSession session, int keep, long nowMs)
    {
        var old = session.Query(
            $"SELECT {Columns} FROM containers WHERE expired_at_ms IS NOT NULL ORDER BY expired_at_ms DESC, seq DESC LIMIT -1 OFFSET $1", Map, keep);
        foreach (var container in old)
        {
            Delete(session, container, nowMs);
        }

        return old.Sum(container => container.Room);
    }

    private static LocalContainer Map(SqliteDataReader row) => new()
    {
        Seq = row.GetInt64(0),
        Id = row.GetString(1),
        Name = row.GetString(2),
        CreatedAt = row.GetInt64(3),
        LastActiveMs = row.GetInt64(4),
        IdleMinutes = row.GetInt64(5),
        MemoryLimit = row.GetString(6),
        NetworkPolicy = row.IsDBNull(7) ? null : row.GetString(7),
        Metadata = row.IsDBNull(8) ? null : row.GetString(8),
        Expired = !row.IsDBNull(9),
        Owner = row.IsDBNull(10) ? null : row.GetString(10),
    };
}
