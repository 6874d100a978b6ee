using System.Buffers;
using Gateway.Providers.Contract;

namespace Gateway.Surface;

/// <summary>Reads request bodies that are small by contract.</summary>
internal static class BodyReader
{
    /// <summary>Reads the whole body.</summary>
    public static async ValueTask<Parsed<ReadOnlyMemory<byte>>> ReadAsync(HttpContext http, long limit, CancellationToken cancellationToken)
    {
        if (Limit(http, limit) is { } error)
        {
            return error;
        }

        try
        {
            return await ReadToEndAsync(http.Request.Body, cancellationToken);
        }
        catch (BadHttpRequestException exception)
        {
            return ClientFaults.Of(exception);
        }
        catch (InvalidUploadException exception)
        {
            return exception.Error;
        }
        catch (IOException) when (!http.RequestAborted.IsCancellationRequested)
        {
            return ClientFaults.Unreadable;
        }
    }

    /// <summary>Sets this request's limit before the first byte is read; the error when the client has announced more.</summary>
    public static GatewayError? Limit(HttpContext http, long limit)
    {
        if (http.Request.Body is UnpackedBody unpacked)
        {
            unpacked.Limit = limit;
        }

        return Path.Exchange.Of(http).Body?.Limit(limit);
    }

    /// <summary>The error of a body beyond its limit in bytes.</summary>
    public static GatewayError TooLarge(long limit) => GatewayError.Invalid(
        $"request body exceeds the maximum allowed size of {limit} bytes", code: "request_too_large", status: 413);

    private static async ValueTask<ReadOnlyMemory<byte>> ReadToEndAsync(Stream body, CancellationToken cancellationToken)
    {
        var bytes = new ArrayBufferWriter<byte>(4096);
        int read;
        while ((read = await body.ReadAsync(bytes.GetMemory(4096), cancellationToken)) > 0)
        {
            bytes.Advance(read);
        }

        return bytes.WrittenMemory;
    }
}
