using Gateway.Telemetry;
using System.Runtime.CompilerServices;

namespace Gateway.Upstream;

/// <summary>
/// A connection that carries one request after another. <see cref="SocketsHttpHandler"/> repeats a request without a body up to three times, unasked
/// and unseen, when its connection ends before the first byte of an answer. A repeated DELETE would find nothing and call that an answer, and
/// <c>max_retries</c> would mean nothing; so that end is told in a way the handler does not repeat, and the attempt loop decides.
/// </summary>
internal sealed class PooledConnection(Stream inner, InFlightGauge.Level connections) : ConnectionStream(inner, connections)
{
    private volatile bool _awaitsAnswer;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await Inner.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException exception) when (_awaitsAnswer)
        {
            throw Ended(exception);
        }

        if (read > 0)
        {
            _awaitsAnswer = false;
        }
        else if (_awaitsAnswer && buffer.Length > 0)
        {
            throw Ended(null);
        }

        return read;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _awaitsAnswer = true;
        try
        {
            var write = Inner.WriteAsync(buffer, cancellationToken);
            return write.IsCompletedSuccessfully ? write : FinishAsync(write);
        }
        catch (IOException exception)
        {
            // A socket that is closed already says so at once.
            return ValueTask.FromException(Ended(exception));
        }
    }

    private static async ValueTask FinishAsync(ValueTask write)
    {
        try
        {
            await write;
        }
        catch (IOException exception)
        {
            throw Ended(exception);
        }
    }

    private static HttpRequestException Ended(Exception? cause) =>
        new(HttpRequestError.ResponseEnded, "The connection ended before an answer began.", cause);
}
