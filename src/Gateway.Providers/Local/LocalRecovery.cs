using System.Text.Json;
using Gateway.Sqlite;

namespace Gateway.Providers.Local;

/// <summary>What opening a store had to put right after the last process; all zero after an orderly end.</summary>
/// <param name="StrayUploads">Uploads that were in progress.</param>
/// <param name="OrphanBlobs">Stored bytes that no row points to, and no row ever said to delete; they are in <c>lost/</c>.</param>
/// <param name="LostFiles">Files whose bytes are missing or of another length; they are in <c>lost/rows.jsonl</c>.</param>
internal sealed record LocalRecovery(int StrayUploads, int OrphanBlobs, int LostFiles);

/// <summary>
/// Compares rows and bytes at the start. What a crash can leave is explained by what was committed, and is finished: an upload whose row is there,
/// one whose row is not, bytes whose row went. Anything else is somebody's loss, and nothing of it is deleted.
/// </summary>
internal sealed class LocalReconciliation(LocalStoreDirectory directory, SqliteSession session)
{
    /// <summary>More than this is no accident of one file: the directory or the database is another than it was.</summary>
    public const int MaxUnexplained = 8;

    private const string AcceptMarker = "accept-losses";

    private readonly Dictionary<string, long> _blobs = directory.Blobs();
    private readonly Dictionary<string, long> _uploads = directory.Uploads();
    private readonly List<string> _committed = [];
    private readonly List<string> _emptied = [];
    private readonly List<LocalFile> _lost = [];
    private int _rows;

    /// <summary>Puts right what it can. Throws <see cref="InvalidOperationException"/> and changes nothing when too much does not match.</summary>
    /// <param name="warn">Snapshot what did not match.</param>
    public LocalRecovery Run(Action<string> warn)
    {
        var stored = _blobs.Count;
        var removed = session.Query("SELECT blob FROM removals", row => row.GetString(0)).Where(_blobs.Remove).ToList();
        LocalStoreFiles.All(session).ForEach(Compare);
        var unexplained = _lost.Count + _blobs.Keys.Except(_lost.Select(file => file.Blob)).Count();
        var counts = $"{_lost.Count} of {_rows} files have no bytes, {_blobs.Count} of {stored} stored bytes have no file";
        var marker = Path.Combine(directory.Root, AcceptMarker);
        var isAbsent = unexplained > 0 && !(directory.HadFiles && directory.HadDatabase);
        if ((isAbsent || unexplained > MaxUnexplained) && !File.Exists(marker))
        {
            throw new InvalidOperationException(
                $"'{directory.Root}' does not match its database: {counts}. Nothing was changed: put back what is missing (files/ or "
                    + "local.db), or create the file "
                + $"'{marker}' to go on without it; what has no match is then moved to 'lost/'.");
        }

        if (unexplained > 0)
        {
            MoveToLost();
            warn($"'{directory.Root}' did not match its database: {counts}; what has no match is in 'lost/'");
        }

        _committed.ForEach(directory.Publish);
        removed.Concat(_emptied).ToList().ForEach(blob => directory.DeleteBlob(blob));
        foreach (var stray in _uploads.Keys)
        {
            LocalStoreDirectory.Delete(directory.TmpPath(stray));
        }

        session.Run("BEGIN IMMEDIATE");
        _lost.Select(file => file.Blob).Concat(_emptied).ToList().ForEach(blob => session.Execute("DELETE FROM files WHERE blob = $1", blob));
        session.Run("DELETE FROM removals; COMMIT");
        LocalStoreDirectory.Delete(marker);
        return new LocalRecovery(_uploads.Count, _blobs.Count, _lost.Count);
    }

    private void Compare(LocalFile file)
    {
        _rows++;
        if (_blobs.TryGetValue(file.Blob, out var length) && (length == file.Bytes || length == 0))
        {
            // Bytes are only freed before their row when a full disk left no room to record it.
            _blobs.Remove(file.Blob);
            if (length != file.Bytes)
            {
                _emptied.Add(file.Blob);
            }
        }
        else if (_uploads.TryGetValue(file.Blob, out length) && length == file.Bytes)
        {
            _uploads.Remove(file.Blob);
            _committed.Add(file.Blob);
        }
        else
        {
            _lost.Add(file);
        }
    }

    private void MoveToLost()
    {
        foreach (var orphan in _blobs.Keys)
        {
            directory.MoveToLost(directory.BlobPath(orphan));
        }

        // Where rows are missing, that of an upload may be.
        foreach (var upload in _uploads.Keys)
        {
            directory.MoveToLost(directory.TmpPath(upload));
        }

        if (_lost.Count > 0)
        {
            directory.AppendToLost("rows.jsonl", file => _lost.ForEach(lost => Describe(lost, file)));
        }
    }

    private static void Describe(LocalFile lost, Stream file)
    {
        using (var writer = new Utf8JsonWriter(file))
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, lost.Id);
            writer.WriteString("container_id"u8, lost.ContainerId);
            writer.WriteString("path"u8, lost.Path);
            writer.WriteNumber("bytes"u8, lost.Bytes);
            writer.WriteNumber("created_at"u8, lost.CreatedAt);
            writer.WriteString("sha256"u8, lost.Sha256);
            writer.WriteString("blob"u8, lost.Blob);
            writer.WriteEndObject();
        }

        file.WriteByte((byte)'\n');
    }
}
