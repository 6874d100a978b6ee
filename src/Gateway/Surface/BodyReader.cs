using System.Buffers;
using Gateway.Providers.Contract;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Surface;

/// <summary>Reads request bodies that are small by contract.</summary>
internal static class BodyReader
{
    /// <summary>Reads the whole body.</summary>
    public static async ValueTask<Parsed<ReadOnlyMemory<byte>>> ReadAsync(HttpContext http, long limit, CancellationToken cancellationToken)
    {
        Limit(http, limit);
        try
        {
            return http.Request.ContentLength is { } length
                ? await ReadExactlyAsync(http.Request.Body, length, limit, cancellationToken)
                : await ReadToEndAsync(http.Request.Body, limit, cancellationToken);
        }
        catch (BadHttpRequestException exception)
        {
            return ClientFaults.Of(exception);
        }
        catch (EndOfStreamException)
        {
            return GatewayError.Invalid("the request body is shorter than its Content-Length", code: "bad_request");
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

    /// <summary>Tells Kestrel this request's limit, before the first byte is read.</summary>
    public static void Limit(HttpContext http, long limit)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = limit;
        }

        if (http.Request.Body is UnpackedBody unpacked)
        {
            unpacked.Limit = limit;
        }
    }

    /// <summary>The error of a body beyond its limit, in bytes when it is known.</summary>
    public static GatewayError TooLarge(long? limit) => GatewayError.Invalid(
        $"request body exceeds the maximum allowed size{(limit is null ? "" : $" of {limit} bytes")}", code: "request_too_large", status: 413);

    private static async ValueTask<Parsed<ReadOnlyMemory<byte>>> ReadExactlyAsync(
        Stream body, long length, long limit, CancellationToken cancellationToken)
    {
        if (length > limit)
        {
            return TooLarge(limit);
        }

        var bytes = GC.AllocateUninitializedArray<byte>((int)length);
        await body.ReadExactlyAsync(bytes, cancellationToken);
        return new ReadOnlyMemory<byte>(bytes);
    }

    private static async ValueTask<Parsed<ReadOnlyMemory<byte>>> ReadToEndAsync(Stream body, long limit, CancellationToken cancellationToken)
    {
        var bytes = new ArrayBufferWriter<byte>(4096);
        int read;
        while ((read = await body.ReadAsync(bytes.GetMemory(4096), cancellationToken)) > 0)
        {
            bytes.Advance(read);
            if (bytes.WrittenCount > limit)
            {
                return TooLarge(limit);
            }
        }

        return bytes.WrittenMemory;
    }
}
