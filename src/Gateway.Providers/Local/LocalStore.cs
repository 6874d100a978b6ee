using Gateway.Providers.Contract;
using Gateway.Providers.Translation;
using Gateway.Sqlite;
using Microsoft.Data.Sqlite;

namespace Gateway.Providers.Local;

/// <summary>
/// The store of one provider: rows in the database, bytes in the directory, and what keeps the two in step. Every member is safe to use from many
/// threads.
/// </summary>
internal sealed class LocalStore : IAsyncDisposable
{
    private static readonly TimeSpan s_savePeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_sweepPeriod = TimeSpan.FromSeconds(30);

    private readonly LocalStoreDirectory _directory;
    private readonly Func<long> _maxFileBytes;
    private readonly TimeProvider _time;
    private readonly Action<string> _warn;
    private readonly LocalRemovals _removals;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _saving;
    private readonly Task _sweeping;

    private LocalStore(
        LocalStoreDirectory directory, LocalSpace space, SqliteDatabase database, LocalRecovery recovered, LocalOptions options,
        ProviderContext context)
    {
        _directory = directory;
        Space = space;
        Recovered = recovered;
        Options = options;
        Quota = new LocalStoreQuota(options.MaxTotalBytes, LocalRoom.Total(database.Writer));
        _removals = new LocalRemovals(directory, Quota);
        Database = new LocalStoreDatabase(database, new LocalStoreWriter(database.Writer, directory, space, options.Disk));
        _maxFileBytes = context.MaxFileBytes;
        _time = context.Time;
        _warn = context.Warn;
        _saving = RepeatAsync(s_savePeriod, SaveAsync);
        _sweeping = RepeatAsync(s_sweepPeriod, SweepAsync);
    }

    /// <summary>The rows.</summary>
    public LocalStoreDatabase Database { get; }

    /// <summary>The bytes in use.</summary>
    public LocalStoreQuota Quota { get; }

    /// <summary>The free space of the disk.</summary>
    public LocalSpace Space { get; }

    /// <summary>The last use of each container.</summary>
    public LocalStoreActivity Activity { get; } = new();

    /// <summary>Limits.</summary>
    public LocalOptions Options { get; }

    /// <summary>The disk.</summary>
    public ILocalDisk Disk => Options.Disk;

    /// <summary>What opening cleaned up.</summary>
    public LocalRecovery Recovered { get; }

    /// <summary>Threads for bytes that are written and removed. Flushes wait in parallel: a disk does many at once.</summary>
    public DiskThreads Writes { get; } = new("local writes", threads: 8, capacity: 1024);

    /// <summary>Threads for bytes that are read: never behind those that are written.</summary>
    public DiskThreads Reads { get; } = new("local reads", threads: 4, capacity: 1024);

    /// <summary>The last failure of work in the background, or null. It is tried again with the next tick.</summary>
    public Exception? BackgroundFault { get; private set; }

    /// <summary>Unix milliseconds.</summary>
    public long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Opens or creates the store. Throws <see cref="InvalidOperationException"/> with an operator's sentence when it cannot be used.
    /// </summary>
    public static LocalStore Open(ProviderContext context)
    {
        var options = context.Options as LocalOptions ?? new LocalOptions();
        var directory = LocalStoreDirectory.Open(Path.Combine(context.DataDirectory, context.Name));
        var space = new LocalSpace(options.Disk, directory.Root, options.ReserveBytes, context.Warn);
        SqliteDatabase? database = null;
        try
        {
            database = LocalStoreDatabase.Open(directory.Database);
            var recovered = new LocalReconciliation(directory, database.Writer).Run(context.Warn);
            space.Look();
            return new LocalStore(directory, space, database, recovered, options, context);
        }
        catch
        {
            database?.Dispose();
            directory.Undo();
            directory.Dispose();
            throw;
        }
    }

    /// <summary>The container, used now. Refuses an unknown or expired one, and one that the tenant does not see as an unknown one.</summary>
    public async ValueTask<LocalContainer> UseAsync(string id, Tenant? tenant, CancellationToken cancellationToken)
    {
        var container = await FindAsync(id, tenant, cancellationToken);
        if (Activity.Touch(container, NowMs) is { } used)
        {
            return used;
        }

        await ExpireAsync(container, cancellationToken);
        throw TranslatedErrors.Expired();
    }

    /// <summary>The container. Refuses an unknown one, and one that the tenant does not see in the same way.</summary>
    public async ValueTask<LocalContainer> FindAsync(string id, Tenant? tenant, CancellationToken cancellationToken) =>
        await Database.ReadAsync(session => LocalStoreContainers.Find(session, id, tenant.OnlyOwner()), cancellationToken)
        ?? throw TranslatedErrors.UnknownContainer(id);

    /// <summary>Records a use of a container found earlier. Refuses one whose time is up.</summary>
    public void Renew(LocalContainer container)
    {
        if (Activity.Touch(container, NowMs) is null)
        {
            throw TranslatedErrors.Expired();
        }
    }

    /// <summary>Room for a new file.</summary>
    public LocalStoreDraft NewDraft() => new(this, _directory, _maxFileBytes());

    /// <summary>Opens the bytes of a file, or null when they are gone.</summary>
    public ValueTask<LocalBlobStream?> OpenBytesAsync(LocalFile file, CancellationToken cancellationToken) =>
        Reads.RunAsync(() => _directory.OpenBlob(file.Blob, file.Bytes, Reads), cancellationToken);

    /// <summary>Removes bytes whose rows are gone, and gives back their quota. What cannot be removed now is removed later.</summary>
    public async ValueTask RemoveAsync(IReadOnlyList<LocalBlob> blobs)
    {
        if (blobs.Count > 0)
        {
            _removals.Add(blobs);
            await DiscardAsync(_removals.RemoveNow);
        }
    }

    /// <summary>Has something removed; when too much waits for the disk by whoever asks for it.</summary>
    public async ValueTask DiscardAsync(Action remove)
    {
        try
        {
            await Writes.RunAsync(remove);
        }
        catch (Exception refused) when (refused is DiskBusyException or ObjectDisposedException)
        {
            remove();
        }
    }

    /// <summary>Expires a container whose time is up; others stay as they are.</summary>
    public ValueTask ExpireAsync(LocalContainer container, CancellationToken cancellationToken) =>
        container.Expired
            ? ValueTask.CompletedTask
            : ExpireAsync(
                session => LocalStoreContainers.Find(session, container.Seq) is { Expired: false } current ? [current] : [], cancellationToken);

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
            var start = behind;
            await ExpireAsync(
                session =>
                {
                    var idle = LocalStoreContainers.Idle(session, NowMs, start, Portion);
                    seen = idle.Count;
                    behind = idle.Count > 0 ? idle[^1].Seq : start;
                    return idle;
                },
                cancellationToken);
        }

        var room = await Database.WriteAsync(
            session =>
            {
                LocalStoreCursor.Clean(session, NowMs);
                return LocalStoreContainers.ForgetExpired(session, Options.MaxExpiredKept, NowMs);
            },
            cancellationToken,
            frees: static _ => []);
        Quota.Return(room);
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
        await AttemptAsync(SaveAsync, CancellationToken.None);
        await Database.DisposeAsync();
        await Writes.DisposeAsync();
        await Reads.DisposeAsync();
        _directory.Dispose();
        _closing.Dispose();
    }

    private async ValueTask ExpireAsync(Func<SqliteSession, List<LocalContainer>> candidates, CancellationToken cancellationToken)
    {
        var (expired, blobs) = await Database.WriteAsync(
            session =>
            {
                var expired = candidates(session).Select(container => Activity.Close(container, NowMs)).OfType<LocalContainer>().ToList();
                return (expired, expired.SelectMany(container => LocalStoreContainers.Expire(session, container)).ToList());
            },
            cancellationToken,
            frees: session => candidates(session)
                .Where(container => Activity.Close(container, NowMs) is not null)
                .SelectMany(container => LocalStoreFiles.Blobs(session, container.Seq)).ToList());
        expired.ForEach(container => Activity.Forget(container.Seq));
        await RemoveAsync(blobs);
    }

    // What is in memory first and can wait a second: times of use, and that removed bytes are gone.
    private async ValueTask SaveAsync(CancellationToken cancellationToken)
    {
        await Writes.RunAsync(
            () =>
            {
                _removals.RemoveNow();
                Space.Look();
            },
            cancellationToken);
        var unsaved = Activity.Unsaved();
        var removed = _removals.Done();
        if (unsaved.Count == 0 && removed.Length == 0)
        {
            return;
        }

        var gone = await Database.WriteAsync(
            session =>
            {
                Array.ForEach(removed, blob => LocalStoreFiles.ForgetRemoval(session, blob));
                return unsaved.Where(use => !LocalStoreContainers.Touch(session, use.Key, use.Value)).ToList();
            },
            cancellationToken,
            frees: static _ => []);
        unsaved.ForEach(use => Activity.Saved(use.Key, use.Value));
        gone.ForEach(use => Activity.Forget(use.Key));
        _removals.Forget(removed.Length);
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
            BackgroundFault = null;
        }
        catch (Exception failure) when (failure is SqliteException or IOException or UnauthorizedAccessException or DiskBusyException)
        {
            if (BackgroundFault is null)
            {
                _warn($"housekeeping in '{_directory.Root}' failed and is tried again: {failure.Message}");
            }

            BackgroundFault = failure;
        }
    }
}
