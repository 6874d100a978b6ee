using Gateway.Providers.Contract;

namespace Gateway.Creates;

/// <summary>Keys in this process. Bounded in number, and its answers in bytes; what is beyond is retrieved again.</summary>
internal sealed class ProcessIdempotencyStore(TimeProvider time) : IIdempotencyStore
{
    /// <summary>Most keys.</summary>
    public const int MaxKeys = 10_000;

    /// <summary>Most bytes of answers.</summary>
    private const long MaxBytes = 32 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, Entry> _entries = [];
    private readonly Queue<Entry> _finished = [];
    private readonly Queue<Entry> _spare = [];
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
    public ValueTask<IdempotencyClaim> ClaimAsync(Digest key, Digest request) => ValueTask.FromResult(Claim(key, request));

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
                entry.End.TrySetResult(reply);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc cref="ClaimAsync"/>
    public IdempotencyClaim Claim(Digest key, Digest request)
    {
        lock (_lock)
        {
            Trim();
            if (_entries.TryGetValue(key, out var known))
            {
                return known.Claim.Request != request ? IdempotencyClaim.Reused.Instance
                    : known.Result is { } result ? new IdempotencyClaim.Finished(result)
                    : new IdempotencyClaim.Running(token => known.End.Task.WaitAsync(token));
            }

            if (_entries.Count >= MaxKeys && !TryMakeRoom())
            {
                var wait = _finished.TryPeek(out var oldest) ? oldest.Until - time.GetUtcNow() : TimeSpan.FromSeconds(1);
                return new IdempotencyClaim.Full(wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1));
            }

            var claim = new IdempotencyClaim.Won(key, request, Guid.NewGuid());
            _entries[key] = new Entry(claim);
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

            entry.Result = _bytes + result.Size <= MaxBytes ? result : result with { Body = null };
            _bytes += entry.Result.Size;
            entry.Until = time.GetUtcNow() + IdempotentCreates.KeptFor;
            (isElsewhere ? _spare : _finished).Enqueue(entry);
            entry.End.TrySetResult(reply);
        }
    }

    private bool TryMakeRoom()
    {
        if (!_spare.TryDequeue(out var entry))
        {
            return false;
        }

        Remove(entry);
        return true;
    }

    private void Trim()
    {
        var now = time.GetUtcNow();
        foreach (var queue in (ReadOnlySpan<Queue<Entry>>)[_finished, _spare])
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
        _bytes -= entry.Result!.Size;
    }

    private sealed class Entry(IdempotencyClaim.Won claim)
    {
        public IdempotencyClaim.Won Claim { get; } = claim;

        public TaskCompletionSource<Reply?> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public KeptResult? Result { get; set; }

        public DateTimeOffset Until { get; set; }
    }
}
