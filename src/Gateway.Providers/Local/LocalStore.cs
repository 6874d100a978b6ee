using Gateway.Providers.Contract;
using Gateway.Providers.Sandbox;
using Microsoft.Data.Sqlite;

namespace Gateway.Providers.Local;

/// <summary>What opening a store had to clean up after the last process; all zero after an orderly end.</summary>
/// <param name="StrayUploads">Uploads that were in progress.</param>
/// <param name="OrphanBlobs">Stored bytes no row pointed to.</param>
/// <param name="LostFiles">Files whose bytes were missing or cut.</param>
internal sealed record LocalRecovery(int StrayUploads, int OrphanBlobs, int LostFiles);

/// <summary>
/// The store of one provider: rows in the database, bytes in the directory, and what keeps the two in step. Every member is safe to use from many
/// threads.
/// </summary>
internal sealed class LocalStore : IAsyncDisposable
{
    private static readonly TimeSpan s_savePeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_sweepPeriod = TimeSpan.FromSeconds(30);

    private readonly LocalStoreDirectory _directory;
    private readonly long _maxFileBytes;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _saving;
    private readonly Task _sweeping;

    private LocalStore(
        LocalStoreDirectory directory, LocalStoreDatabase database, LocalRecovery recovered, long usedBytes, LocalOptions options, ProviderContext context)
    {
        _directory = directory;
        Database = database;
        Recovered = recovered;
        Options = options;
        Quota = new LocalStoreQuota(options.MaxTotalBytes, usedBytes);
        _maxFileBytes = context.MaxFileBytes;
        _time = context.Time;
        _saving = RepeatAsync(s_savePeriod, SaveActivityAsync);
        _sweeping = RepeatAsync(s_sweepPeriod, SweepAsync);
    }

    /// <summary>The rows.</summary>
    public LocalStoreDatabase Database { get; }

    /// <summary>The bytes in use.</summary>
    public LocalStoreQuota Quota { get; }

    /// <summary>The last use of each container.</summary>
    public LocalStoreActivity Activity { get; } = new();

    /// <summary>Limits.</summary>
    public LocalOptions Options { get; }

    /// <summary>What opening cleaned up.</summary>
    public LocalRecovery Recovered { get; }

    /// <summary>The last failure of work in the background, or null. It is tried again with the next tick.</summary>
    public Exception? BackgroundFault { get; private set; }

    /// <summary>Unix milliseconds.</summary>
    public long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Opens or creates the store. Throws <see cref="InvalidOperationException"/> with an operator's sentence when it cannot be used.</summary>
    public static LocalStore Open(ProviderContext context)
    {
        var options = context.Options as LocalOptions ?? new LocalOptions();
        var directory = LocalStoreDirectory.Open(Path.Combine(context.DataDirectory, context.Name));
        LocalStoreDatabase? database = null;
        try
        {
            database = LocalStoreDatabase.Open(directory.Database);
            var blobs = directory.Blobs();
            var (lost, used) = database.WriteFirst(session => (LocalStoreFiles.DeleteLost(session, blobs), LocalStoreFiles.TotalBytes(session)));
            var recovered = new LocalRecovery(directory.ClearTmp(), blobs.Count, lost);
            foreach (var orphan in blobs.Keys)
            {
                directory.DeleteBlob(orphan);
            }

            return new LocalStore(directory, database, recovered, used, options, context);
        }
        catch
        {
            database?.Close();
            directory.Dispose();
            throw;
        }
    }

    /// <summary>The container, used now. Refuses an unknown or expired one.</summary>
    public async ValueTask<LocalContainer> UseAsync(string id, CancellationToken cancellationToken)
    {
        var container = Database.Read(session => LocalStoreContainers.Find(session, id)) ?? throw SandboxErrors.UnknownContainer(id);
        if (Activity.Touch(container, NowMs) is { } used)
        {
            return used;
        }

        await ExpireAsync(container, cancellationToken);
        throw SandboxErrors.Expired();
    }

    /// <summary>Records a use of a container found earlier. Refuses one whose time is up.</summary>
    public void Renew(LocalContainer container)
    {
        if (Activity.Touch(container, NowMs) is null)
        {
            throw SandboxErrors.Expired();
        }
    }

    /// <summary>Room for a new file.</summary>
    public LocalStoreDraft NewDraft() => new(_directory, Quota, _maxFileBytes);

    /// <summary>Opens the bytes of a file, or null when they are gone.</summary>
    public FileStream? OpenBytes(LocalFile file) => _directory.OpenBlob(file.Blob);

    /// <summary>Removes bytes after their rows.</summary>
    public void Remove(IReadOnlyList<LocalBlob> blobs)
    {
        foreach (var blob in blobs)
        {
            _directory.DeleteBlob(blob.Name);
            Quota.Return(blob.Bytes);
        }
    }

    /// <summary>Expires a container whose time is up; others stay as they are.</summary>
    public ValueTask ExpireAsync(LocalContainer container, CancellationToken cancellationToken) =>
        container.Expired
            ? ValueTask.CompletedTask
            : ExpireAsync(session => LocalStoreContainers.Find(session, container.Seq) is { Expired: false } current ? [current] : [], cancellationToken);

    /// <summary>Expires every container whose time is up and forgets what is only kept for a while.</summary>
    public async ValueTask SweepAsync(CancellationToken cancellationToken)
    {
        // In portions, so that no client waits long for the writer's turn.
        const int Portion = 200;
        var behind = 0L;
        var seen = Portion;
        while (seen == Portion)
        {
            seen = 0;
            await ExpireAsync(
                session =>
                {
                    var idle = LocalStoreContainers.Idle(session, NowMs, behind, Portion);
                    seen = idle.Count;
                    behind = idle.Count > 0 ? idle[^1].Seq : behind;
                    return idle;
                },
                cancellationToken);
        }

        await Database.WriteAsync(
            session =>
            {
                LocalStoreContainers.ForgetExpired(session, Options.MaxExpiredKept, NowMs);
                LocalStoreCursor.Clean(session, NowMs);
                return true;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
        {
            return;
        }

        await _closing.CancelAsync();
        await Task.WhenAll(_saving, _sweeping);
        await AttemptAsync(SaveActivityAsync, CancellationToken.None);
        await Database.DisposeAsync();
        _directory.Dispose();
        _closing.Dispose();
    }

    private async ValueTask ExpireAsync(Func<LocalStoreSession, List<LocalContainer>> candidates, CancellationToken cancellationToken)
    {
        var (expired, blobs) = await Database.WriteAsync(
            session =>
            {
                var expired = candidates(session).Select(container => Activity.Close(container, NowMs)).OfType<LocalContainer>().ToList();
                return (expired, expired.SelectMany(container => LocalStoreContainers.Expire(session, container)).ToList());
            },
            cancellationToken);
        expired.ForEach(container => Activity.Forget(container.Seq));
        Remove(blobs);
    }

    private async ValueTask SaveActivityAsync(CancellationToken cancellationToken)
    {
        var unsaved = Activity.Unsaved();
        if (unsaved.Count == 0)
        {
            return;
        }

        var gone = await Database.WriteAsync(
            session => unsaved.Where(use => !LocalStoreContainers.Touch(session, use.Key, use.Value)).ToList(), cancellationToken);
        unsaved.ForEach(use => Activity.Saved(use.Key, use.Value));
        gone.ForEach(use => Activity.Forget(use.Key));
    }

    private async Task RepeatAsync(TimeSpan period, Func<CancellationToken, ValueTask> work)
    {
        using var timer = new PeriodicTimer(period, _time);
        try
        {
            // At once the first time: what expired while no gateway ran is gone, and its quota free, before the first call.
            do
            {
                await AttemptAsync(work, _closing.Token);
            }
            while (await timer.WaitForNextTickAsync(_closing.Token));
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
        }
    }

    private async ValueTask AttemptAsync(Func<CancellationToken, ValueTask> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
        }
        catch (Exception failure) when (failure is SqliteException or IOException or UnauthorizedAccessException)
        {
            BackgroundFault = failure;
        }
    }
}
