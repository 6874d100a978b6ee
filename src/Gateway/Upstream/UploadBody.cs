using System.Runtime.CompilerServices;
using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Providers.Streams;

namespace Gateway.Upstream;

/// <summary>
/// The request body while it is streamed upstream. It pauses the deadline as long as bytes flow, knows whether it was touched (then the request
/// cannot be sent again), and stops asking the client once the upstream has answered early: what is missing of the promised length is then filled
/// with zeros that never leave the gateway (see <see cref="UploadConnection"/>).
/// </summary>
internal sealed class UploadBody : ForwardOnlyStream
{
    private static readonly AsyncLocal<UploadBody?> s_current = new();

    private readonly CancellationTokenSource _answered = new();
    private readonly JoinedToken _reading;
    private readonly RequestBody.Streaming _body;
    private readonly Deadline _deadline;
    private readonly bool _isWatched;
    private long _sent;

    private UploadBody(RequestBody.Streaming body, Deadline deadline, bool isWatched)
    {
        _reading = new JoinedToken(_answered);
        _body = body;
        _deadline = deadline;
        _isWatched = isWatched;
    }

    /// <summary>The upload this flow of execution is sending, or null.</summary>
    public static UploadBody? Current => s_current.Value;

    /// <summary>True once bytes were taken from the client.</summary>
    public bool WasRead { get; private set; }

    /// <summary>An upload begins in this flow of execution; disposing ends it.</summary>
    /// <param name="body">What is sent.</param>
    /// <param name="deadline">Paused while bytes flow.</param>
    /// <param name="isWatched">Whether the sender watches for silence by itself, as the forwarder does.</param>
    public static UploadBody Begin(RequestBody.Streaming body, Deadline deadline, bool isWatched)
    {
        var upload = new UploadBody(body, deadline, isWatched);
        s_current.Value = upload;
        return upload;
    }

    /// <summary>
    /// What is sent from here on belongs to no upload, though it may be sent while one is read (a provider's note that its container is in use).
    /// </summary>
    public static void Leave()
    {
        if (s_current.Value is not null)
        {
            s_current.Value = null;
        }
    }

    /// <summary>The upstream has answered; what the client still sends interests nobody.</summary>
    public void AnsweredEarly() => _answered.Cancel();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_answered.IsCancellationRequested)
        {
            try
            {
                var read = await _body.Content.ReadAsync(buffer, _reading.With(cancellationToken));
                if (buffer.Length > 0)
                {
                    Count(read);
                }

                return read;
            }
            catch (OperationCanceledException) when (_answered.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                // Falls through to the filling.
            }
        }

        return Fill(buffer.Span);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            s_current.Value = null;
            _reading.Dispose();
            _answered.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Count(int read)
    {
        if (!WasRead)
        {
            WasRead = true;
            _deadline.Pause();
        }

        _sent += read;

        // Where nobody watches for silence, each piece taken gives the upstream its full time again.
        if (!_isWatched || read == 0 || _sent == _body.Length)
        {
            _deadline.Restart();
        }
    }

    private int Fill(Span<byte> buffer)
    {
        if (_body.Length is not { } length)
        {
            return 0;
        }

        var count = (int)Math.Min(buffer.Length, length - _sent);
        buffer[..count].Clear();
        _sent += count;
        return count;
    }
}
