using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Api;

/// <summary>
/// Watches how fast a body arrives. What counts is the time spent waiting for the client, piece by piece: neither a slow upstream nor what was sent
/// fast before excuses or accuses it. Kestrel's own rate is an average since the body's begin, behind which a fast start can idle for hours.
/// </summary>
internal sealed class BodyPace(PipeReader reader, ClientSettings client, TimeProvider time) : IDisposable
{
    /// <summary>How much waiting is judged at a time, which is the grace at the begin, too.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly long _start = time.GetTimestamp();
    private ITimer? _timer;
    private bool _isArmed;
    private bool _isWaiting;
    private long _since;
    private TimeSpan _waited;
    private long _arrived;

    /// <summary>Whether reading has begun.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Set once the client was too slow.</summary>
    public GatewayError? Fault { get; private set; }

    /// <summary>
    /// Reads on. The token ends the wait by the pipe's own means: a read that is cancelled by a token leaves Kestrel's body in a state in which it
    /// can be read no further. A result that was cancelled may be empty without being the end.
    /// </summary>
    public ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken)
    {
        HasBegun = true;
        if (Fault is null && time.GetElapsedTime(_start) > client.MaxUploadDuration)
        {
            Fault = TooLong();
        }

        if (Fault is not null)
        {
            throw new InvalidUploadException(Fault);
        }

        var reading = reader.ReadAsync(CancellationToken.None);
        return reading.IsCompleted ? reading : WaitAsync(reading, cancellationToken);
    }

    /// <summary>These bytes have arrived.</summary>
    public void Count(long bytes) => _arrived += bytes;

    public void Dispose()
    {
        lock (_gate)
        {
            _isWaiting = false;
            _timer?.Dispose();
            _timer = null;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> reading, CancellationToken cancellationToken)
    {
        Begin();
        await using var registration = cancellationToken.UnsafeRegister(static pace => ((BodyPace)pace!).Cancel(), this);
        try
        {
            var result = await reading;
            if (Fault is not null)
            {
                reader.AdvanceTo(result.Buffer.Start);
                throw new InvalidUploadException(Fault);
            }

            return result;
        }
        finally
        {
            End();
        }
    }

    private void Begin()
    {
        lock (_gate)
        {
            _isWaiting = true;
            _since = time.GetTimestamp();
            if (!_isArmed)
            {
                Arm();
            }
        }
    }

    private void End()
    {
        lock (_gate)
        {
            _isWaiting = false;
            _waited += time.GetElapsedTime(_since);
        }
    }

    private void Cancel()
    {
        lock (_gate)
        {
            if (_isWaiting)
            {
                PendingRead.Cancel(reader);
            }
        }
    }

    private void Arm()
    {
        var left = client.MaxUploadDuration - time.GetElapsedTime(_start);
        var due = Window - _waited;
        due = due < left ? due : left;
        due = due > TimeSpan.Zero ? due : TimeSpan.Zero;
        _timer ??= time.CreateTimer(static pace => ((BodyPace)pace!).CheckPace(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _isArmed = _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private void CheckPace()
    {
        lock (_gate)
        {
            _isArmed = false;
            if (!_isWaiting)
            {
                return;
            }

            _waited += time.GetElapsedTime(_since);
            _since = time.GetTimestamp();
            if (time.GetElapsedTime(_start) >= client.MaxUploadDuration)
            {
                Fault = TooLong();
            }
            else if (_waited >= Window)
            {
                Fault = _arrived < client.MinUploadRate * Window.TotalSeconds ? TooSlow() : null;
                (_waited, _arrived) = (TimeSpan.Zero, 0);
            }

            if (Fault is not null)
            {
                PendingRead.Cancel(reader);
            }
            else
            {
                Arm();
            }
        }
    }

    private GatewayError TooLong() => TimedOut($"the request body took longer than {client.MaxUploadDuration.TotalSeconds:0.###} seconds");

    private GatewayError TooSlow() => TimedOut(
        $"the request body arrived too slowly: fewer than {client.MinUploadRate} bytes a second for {Window.TotalSeconds:0.###} seconds");

    private static GatewayError TimedOut(string message) =>
        GatewayError.Invalid(message, code: "request_body_timeout", status: StatusCodes.Status408RequestTimeout);
}
