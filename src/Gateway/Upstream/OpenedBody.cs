using Gateway.Providers.Contract;
using Gateway.Providers.Streams;

namespace Gateway.Upstream;

/// <summary>
/// An upstream's body while a recipe reads it. It bounds the silence between two pieces, tells a broken answer from a complete one, and gives the
/// connection back when it is disposed.
/// </summary>
internal sealed class OpenedBody(Stream inner, HttpResponseMessage response, TimeSpan silence, TimeProvider time) : ForwardOnlyStream
{
    private CancellationTokenSource _silent = new(Timeout.InfiniteTimeSpan, time);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_silent.IsCancellationRequested)
        {
            // The last piece came at the very moment the time was over.
            _silent.Dispose();
            _silent = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        }

        using var leaving = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _silent);
        _silent.CancelAfter(silence);
        try
        {
            return await inner.ReadAsync(buffer, _silent.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UpstreamBrokenException(TransportFailure.Silent(silence).Error, exception);
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or InvalidDataException or InvalidOperationException)
        {
            // Brotli calls broken data an invalid operation.
            throw new UpstreamBrokenException(TransportFailure.Broken.Error, exception);
        }
        finally
        {
            _silent.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            response.Dispose();
            _silent.Dispose();
        }

        base.Dispose(disposing);
    }
}
