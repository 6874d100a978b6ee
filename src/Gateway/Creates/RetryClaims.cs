using Gateway.Providers.Contract;

namespace Gateway.Creates;

/// <summary>
/// Creates of this process whose result no client has received, so that an SDK's retry can have it: those that run, and for a while those that have
/// worked after their client left. A result is given away only while it is certain that nobody got it: before the first byte of an answer is written,
/// or when the connection took none.
/// </summary>
internal sealed class RetryClaims(TimeProvider time)
{
    /// <summary>How long an SDK may take to retry: the longest wait between two tries of OpenAI's is 8 s, of a <c>Retry-After</c> 60 s.</summary>
    private static readonly TimeSpan s_retryWindow = TimeSpan.FromMinutes(2);

    /// <summary>Most results kept that nobody has received; beyond it the oldest goes of the tenant that has most.</summary>
    private const int MaxKept = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, List<PendingCreate>> _creates = [];
    private readonly List<PendingCreate> _kept = [];

    /// <summary>Creates that a retry could claim now.</summary>
    public int Claimable
    {
        get
        {
            lock (_lock)
            {
                Trim();
                return _creates.Values.Sum(same => same.Count(create => create.Holder!.HasLeft));
            }
        }
    }

    /// <summary>A create begins.</summary>
    public CreateClaim Begin(Digest request, CancellationToken client, string? tenant = null)
    {
        lock (_lock)
        {
            var create = new PendingCreate(request, tenant);
            if (!_creates.TryGetValue(request, out var same))
            {
                _creates[request] = same = [];
            }

            same.Add(create);
            return create.Holder = new CreateClaim(this, create, client);
        }
    }

    /// <summary>Claims the oldest create of this request whose client has left; null when there is none.</summary>
    public CreateClaim? TryClaim(Digest request, CancellationToken client)
    {
        lock (_lock)
        {
            Trim();
            return _creates.GetValueOrDefault(request)?.Find(create => create.Holder!.HasLeft) is { } create
                ? create.Holder = new CreateClaim(this, create, client)
                : null;
        }
    }

    /// <inheritdoc cref="CreateClaim.TryReceive"/>
    public bool TryReceive(CreateClaim claim)
    {
        lock (_lock)
        {
            if (claim.Create.Holder != claim || claim.HasLeft)
            {
                return false;
            }

            Remove(claim.Create);
            return true;
        }
    }

    /// <inheritdoc cref="CreateClaim.NotReceived"/>
    public void GiveBack(CreateClaim claim)
    {
        lock (_lock)
        {
            if (claim.Create.Result is not null && claim.Create.Holder == claim)
            {
                if (!_creates.TryGetValue(claim.Create.Request, out var same))
                {
                    _creates[claim.Create.Request] = same = [];
                }

                same.Add(claim.Create);
                claim.Create.Until = default;
                Keep(claim.Create);
            }
        }
    }

    /// <inheritdoc cref="CreateClaim.Finish"/>
    public void Finish(PendingCreate create, Reply? reply, KeptResult? result)
    {
        lock (_lock)
        {
            create.Running!.TrySetResult(reply);
            create.Result = result;
            if (result is null)
            {
                Remove(create);
            }
            else if (create.Holder!.HasLeft)
            {
                Keep(create);
            }
        }
    }

    /// <inheritdoc cref="CreateClaim.End"/>
    public void End(CreateClaim claim, Action leave)
    {
        lock (_lock)
        {
            leave();
            if (claim.Create.Holder == claim && claim.Create.Result is not null)
            {
                Keep(claim.Create);
            }
        }
    }

    /// <summary>Keeps what nobody has received, without the reply itself.</summary>
    private void Keep(PendingCreate create)
    {
        if (create.Until == default && _creates.GetValueOrDefault(create.Request)?.Contains(create) == true)
        {
            create.Until = time.GetUtcNow() + s_retryWindow;
            create.Running = null;
            _kept.Add(create);
            Trim();
        }
    }

    private void Trim()
    {
        var now = time.GetUtcNow();
        var over = _kept.FindIndex(create => create.Until > now) is >= 0 and var index ? index : _kept.Count;
        _kept.GetRange(0, over).ForEach(Remove);
        _kept.RemoveRange(0, over);
        while (_kept.Count > MaxKept)
        {
            var most = _kept.CountBy(create => create.Tenant ?? "").MaxBy(count => count.Value).Key;
            var oldest = _kept.FindIndex(create => (create.Tenant ?? "") == most);
            Remove(_kept[oldest]);
            _kept.RemoveAt(oldest);
        }
    }

    private void Remove(PendingCreate create)
    {
        if (_creates.TryGetValue(create.Request, out var same) && same.Remove(create) && same.Count == 0)
        {
            _creates.Remove(create.Request);
        }
    }
}
