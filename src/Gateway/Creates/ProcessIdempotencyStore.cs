using Gateway.Providers.Contract;

namespace Gateway.Creates;

/// <summary>
/// Keys in this process. Bounded in number, for each tenant apart so that none takes another's room, and its answers in bytes; what is beyond is
/// retrieved again.
/// </summary>
internal sealed class ProcessIdempotencyStore(TimeProvider time) : IIdempotencyStore
{
    /// <summary>Most keys while there are no tenants.</summary>
    public const int MaxKeys = 10_000;

    /// <summary>Most keys of a tenant.</summary>
    public const int MaxKeysOfTenant = 2_000;

    /// <summary>Most keys of all tenants together.</summary>
    private const int MaxKeysOfAll = 100_000;

    /// <summary>Most bytes of answers.</summary>
    private const long MaxBytes = 32 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, Entry> _entries = [];
    private readonly Dictionary<string, Share> _shares = [];
    private long _bytes;

    /// <summary>Keys that are known now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<IdempotencyClaim> ClaimAsync(Digest key, Digest request, string? tenant = null) =>
        ValueTask.FromResult(Claim(key, request, tenant));

    /// <inheritdoc/>
    public ValueTask CompleteAsync(IdempotencyClaim.Won claim, Reply reply, KeptResult result)
    {
        Complete(claim, reply, result, isElsewhere: false);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ReleaseAsync(IdempotencyClaim.Won claim, Reply? reply)
    {
        lock (_lock)
        {
            if (_entries.GetValueOrDefault(claim.Key) is { Result: null } entry && entry.Claim == claim)
            {
                _entries.Remove(claim.Key);
                entry.Share.Count--;
                entry.End.TrySetResult(reply);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc cref="ClaimAsync"/>
    public IdempotencyClaim Claim(Digest key, Digest request, string? tenant)
    {
        lock (_lock)
        {
            var share = ShareOf(tenant);
            Trim(share);
            if (_entries.TryGetValue(key, out var known))
            {
                return known.Claim.Request != request ? IdempotencyClaim.Reused.Instance
                    : known.Result is { } result ? new IdempotencyClaim.Finished(result)
                    : new IdempotencyClaim.Running(token => known.End.Task.WaitAsync(token));
            }

            var max = tenant is null ? MaxKeys : MaxKeysOfTenant;
            if ((share.Count >= max && !TryMakeRoom(share)) || (_entries.Count >= MaxKeysOfAll && !TryMakeRoom()))
            {
                var wait = share.Finished.TryPeek(out var oldest) ? oldest.Until - time.GetUtcNow() : TimeSpan.FromSeconds(1);
                return new IdempotencyClaim.Full(wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1));
            }

            var claim = new IdempotencyClaim.Won(key, request, Guid.NewGuid());
            share = ShareOf(tenant);
            share.Count++;
            _entries[key] = new Entry(claim, share);
            return claim;
        }
    }

    /// <summary>Keeps a result.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="reply">For those that wait.</param>
    /// <param name="result">What is kept.</param>
    /// <param name="isElsewhere">Whether it is kept in a store that instances share, too, so that it may go when room is needed.</param>
    public void Complete(IdempotencyClaim.Won claim, Reply reply, KeptResult result, bool isElsewhere)
    {
        lock (_lock)
        {
            if (_entries.GetValueOrDefault(claim.Key) is not { Result: null } entry || entry.Claim != claim)
            {
                return;
            }

            if (_bytes + result.Size > MaxBytes)
            {
                TrimAll();
            }

            entry.Result = _bytes + result.Size <= MaxBytes ? result : result with { Body = null };
            _bytes += entry.Result.Size;
            entry.Until = time.GetUtcNow() + IdempotentCreates.KeptFor;
            (isElsewhere ? entry.Share.Spare : entry.Share.Finished).Enqueue(entry);
            entry.End.TrySetResult(reply);
        }
    }

    private Share ShareOf(string? tenant)
    {
        if (!_shares.TryGetValue(tenant ?? "", out var share))
        {
            _shares[tenant ?? ""] = share = new Share();
        }

        return share;
    }

    private bool TryMakeRoom(Share share)
    {
        if (!share.Spare.TryDequeue(out var entry))
        {
            return false;
        }

        Remove(entry);
        return true;
    }

    private bool TryMakeRoom()
    {
        TrimAll();
        return _entries.Count < MaxKeysOfAll || _shares.Values.Any(TryMakeRoom);
    }

    private void TrimAll()
    {
        foreach (var (tenant, share) in _shares)
        {
            Trim(share);
            if (share.Count == 0)
            {
                _shares.Remove(tenant);
            }
        }
    }

    private void Trim(Share share)
    {
        var now = time.GetUtcNow();
        foreach (var queue in (ReadOnlySpan<Queue<Entry>>)[share.Finished, share.Spare])
        {
            while (queue.TryPeek(out var oldest) && oldest.Until <= now)
            {
                Remove(queue.Dequeue());
            }
        }
    }

    private void Remove(Entry entry)
    {
        _entries.Remove(entry.Claim.Key);
        entry.Share.Count--;
        _bytes -= entry.Result!.Size;
    }

    /// <summary>What a tenant has of the room.</summary>
    private sealed class Share
    {
        public int Count { get; set; }

        public Queue<Entry> Finished { get; } = [];

        public Queue<Entry> Spare { get; } = [];
    }

    private sealed class Entry(IdempotencyClaim.Won claim, Share share)
    {
        public Share Share { get; } = share;

        public IdempotencyClaim.Won Claim { get; } = claim;

        public TaskCompletionSource<Reply?> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public KeptResult? Result { get; set; }

        public DateTimeOffset Until { get; set; }
    }
}
