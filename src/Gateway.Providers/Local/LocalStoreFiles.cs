using Gateway.Providers.Contract;
using Gateway.Providers.Translation;
using Gateway.Sqlite;
using Microsoft.Data.Sqlite;

namespace Gateway.Providers.Local;

/// <summary>The table <c>files</c>.</summary>
internal static class LocalStoreFiles
{
    private const string Select = """
        SELECT f.seq, f.id, f.container_seq, c.id, f.path, f.bytes, f.created_at, f.content_type, f.sha256, f.blob
        FROM files f JOIN containers c ON c.seq = f.container_seq
        """;

    /// <summary>The file with this id in this container, or null.</summary>
    public static LocalFile? Find(SqliteSession session, long containerSeq, string id) =>
        session.Find($"{Select} WHERE f.id = $1 AND f.container_seq = $2", Map, id, containerSeq);

    /// <summary>The file with this id in any container of this owner, or of all for null; null when there is none.</summary>
    public static LocalFile? Find(SqliteSession session, string id, string? owner) => owner is null
        ? session.Find($"{Select} WHERE f.id = $1", Map, id)
        : session.Find($"{Select} WHERE f.id = $1 AND c.tenant = $2", Map, id, owner);

    /// <summary>One page of a container's files.</summary>
    public static TranslatedPage<LocalFile> Page(SqliteSession session, long containerSeq, PageQuery query)
    {
        var cursor = query.After is { } after
            ? LocalStoreCursor.Find(session, "SELECT created_at, seq FROM files WHERE id = $1 AND container_seq = $2", after, containerSeq)
            : null;
        var values = new List<object?>();
        var where = LocalStoreCursor.And("", values, "f.container_seq =", containerSeq);
        return LocalStoreCursor.Page(session, Select, where, values, cursor, query, Map, "f.");
    }

    /// <summary>Adds a file; one that has the same path goes.</summary>
    /// <returns>The bytes of the file that was replaced, or null.</returns>
    public static LocalBlob? Put(SqliteSession session, LocalFile file, long nowMs)
    {
        var old = session.Find($"{Select} WHERE f.container_seq = $1 AND f.path = $2", Map, file.ContainerSeq, file.Path);
        var replaced = old is null ? null : Delete(session, old, nowMs);

        session.Execute(
            """
            INSERT INTO files (id, container_seq, path, bytes, created_at, content_type, sha256, blob)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            file.Id, file.ContainerSeq, file.Path, file.Bytes, file.CreatedAt, file.ContentType, file.Sha256, file.Blob);
        return replaced;
    }

    /// <summary>Removes a file and leaves a tombstone.</summary>
    /// <returns>The bytes nobody needs any more.</returns>
    public static LocalBlob Delete(SqliteSession session, LocalFile file, long nowMs)
    {
        // What is deleted is told from what is lost, however the process ends before the bytes are gone.
        session.Execute("INSERT INTO removals (blob) VALUES ($1)", file.Blob);
        session.Execute("DELETE FROM files WHERE seq = $1", file.Seq);
        LocalStoreCursor.Bury(session, file.Id, file.ContainerSeq, file.CreatedAt, file.Seq, nowMs);
        return BlobOf(file);
    }

    /// <summary>Removes all files of a container. Nobody can page through them any more, so that no tombstones are needed.</summary>
    /// <returns>The bytes nobody needs any more.</returns>
    public static List<LocalBlob> DeleteAll(SqliteSession session, long containerSeq)
    {
        session.Execute("INSERT INTO removals (blob) SELECT blob FROM files WHERE container_seq = $1", containerSeq);
        return session.Query(
            $"DELETE FROM files WHERE container_seq = $1 RETURNING blob, {LocalRoom.OfFile}",
            row => new LocalBlob(row.GetString(0), row.GetInt64(1)),
            containerSeq);
    }

    /// <summary>Every file.</summary>
    public static List<LocalFile> All(SqliteSession session) => session.Query(Select, Map);

    /// <summary>Names of the bytes of a container's files.</summary>
    public static List<string> Blobs(SqliteSession session, long containerSeq) =>
        session.Query("SELECT blob FROM files WHERE container_seq = $1", row => row.GetString(0), containerSeq);

    /// <summary>The bytes that these changes freed are gone.</summary>
    public static void ForgetRemoval(SqliteSession session, string blob) => session.Execute("DELETE FROM removals WHERE blob = $1", blob);

    private static LocalBlob BlobOf(LocalFile file) => new(file.Blob, file.Bytes + LocalRoom.OfRow(file.Path, file.ContentType));

    private static LocalFile Map(SqliteDataReader row) => new()
    {
        Seq = row.GetInt64(0),
        Id = row.GetString(1),
        ContainerSeq = row.GetInt64(2),
        ContainerId = row.GetString(3),
        Path = row.GetString(4),
        Bytes = row.GetInt64(5),
        CreatedAt = row.GetInt64(6),
        ContentType = row.GetString(7),
        Sha256 = row.GetString(8),
        Blob = row.GetString(9),
    };
}
