using System.Collections.Concurrent;
using Gateway.Limits;
using Gateway.Pipeline;
using Gateway.Providers.Contract;

namespace Gateway.Telemetry;

/// <summary>
/// Tells who was refused what, by the name of the key and never by what was presented. A flood of refusals is a line a second for each reason and
/// key, with their number: it costs neither the disk nor what it hides.
/// </summary>
internal sealed class AuditLog(ILogger<AuditLog> logger, TimeProvider time)
{
    /// <summary>At most one line of a kind in this time.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time = time;

    /// <summary>What was told within the last pause; as many as there are keys and reasons.</summary>
    private readonly ConcurrentDictionary<(string Reason, string? Key), Entry> _told = new();

    private enum Kind
    {
        Denied,
        Unusable,
        Limited,
    }

    /// <summary>A request has been answered.</summary>
    public void Note(Exchange exchange)
    {
        if (exchange.Error is not { Kind: ErrorKind.Denied } error)
        {
            return;
        }

        var key = exchange.ClientKey;
        var kind = LimitErrors.IsLimit(error) ? Kind.Limited : key is not null && !exchange.IsAdmitted ? Kind.Unusable : Kind.Denied;
        var entry = new Entry(this, kind, error.Code ?? error.Type, key?.Name, (exchange.Directives.Caller.Tenant ?? key?.Tenant)?.Id);
        while (!_told.GetOrAdd(entry.Id, entry).TryNote())
        {
            // It has just become old; another one takes its place.
        }
    }

    private void Tell(Entry entry, long count)
    {
        switch (entry.Kind)
        {
            case Kind.Limited:
                logger.LimitReached(entry.Id.Reason, entry.Id.Key, entry.Tenant, count);
                break;
            case Kind.Unusable:
                logger.KeyNotUsable(entry.Id.Reason, entry.Id.Key, entry.Tenant, count);
                break;
            default:
                logger.Denied(entry.Id.Reason, entry.Id.Key, entry.Tenant, count);
                break;
        }
    }

    /// <summary>Refusals of one key for one reason: the first is told at once, those of the pause after it together.</summary>
    private sealed class Entry(AuditLog log, Kind kind, string reason, string? key, string? tenant)
    {
        private readonly Lock _lock = new();
        private ITimer? _timer;
        private long _untold;
        private bool _isOld;

        public (string Reason, string? Key) Id => (reason, key);

        public Kind Kind => kind;

        public string? Tenant => tenant;

        /// <summary>False when it is old.</summary>
        public bool TryNote()
        {
            lock (_lock)
            {
                if (_isOld)
                {
                    return false;
                }

                if (_timer is not null)
                {
                    _untold++;
                    return true;
                }

                _timer = log._time.CreateTimer(static entry => ((Entry)entry!).PauseEnds(), this, Pause, Pause);
            }

            log.Tell(this, 1);
            return true;
        }

        private void PauseEnds()
        {
            long untold;
            lock (_lock)
            {
                (untold, _untold) = (_untold, 0);
                if (untold == 0)
                {
                    _isOld = true;
                    _timer?.Dispose();
                    log._told.TryRemove(new(Id, this));
                }
            }

            if (untold > 0)
            {
                log.Tell(this, untold);
            }
        }
    }
}
