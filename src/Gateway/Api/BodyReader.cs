using Gateway.Providers.Contract;

namespace Gateway.Api;

/// <summary>Reads request bodies that are held whole. Memory grows with what has arrived, whatever the request says about its length.</summary>
internal static class BodyReader
{
    private const int First = 4096;
    private const int Largest = 1024 * 1024;

    /// <summary>Reads the whole body, unpacked.</summary>
    public static async ValueTask<Parsed<ReadOnlyMemory<byte>>> ReadAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var client = http.Exchange().Settings.Client;
        var limit = Math.Min(Math.Min(client.MaxRequestBodyBytes, client.MaxBufferedBytes), Array.MaxLength);
        if (Limit(http, limit) is { } error)
        {
            return error;
        }

        if (http.Request.Body is UnpackedBody unpacked)
        {
            unpacked.IsHeld = true;
        }

        try
        {
            return await ReadToEndAsync(http, client.MaxBufferedBytes, cancellationToken);
        }
        catch (BadHttpRequestException exception)
        {
            return ClientFaults.Of(exception);
        }
        catch (InvalidUploadException exception)
        {
            return exception.Error;
        }
        catch (Microsoft.AspNetCore.Connections.ConnectionResetException)
        {
            return Upstream.TransportFailure.ClientLeft.Error;
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

        return http.Exchange().Body?.Limit(limit);
    }

    /// <summary>The error of a body beyond its limit in bytes.</summary>
    public static GatewayError TooLarge(long limit) =>
        TooLarge($"request body exceeds the maximum allowed size of {limit} bytes");

    /// <inheritdoc cref="TooLarge(long)"/>
    public static GatewayError TooLarge(string message) =>
        GatewayError.Invalid(message, code: "request_too_large", status: StatusCodes.Status413PayloadTooLarge);

    // In pieces that are put together once: an array that doubles leaves as much behind again as it holds.
    private static async ValueTask<Parsed<ReadOnlyMemory<byte>>> ReadToEndAsync(HttpContext http, long room, CancellationToken cancellationToken)
    {
        var (body, arriving) = (http.Request.Body, http.Exchange().Body);
        var piece = new byte[(int)Math.Clamp(http.Request.ContentLength ?? First, 1, BodyMemory.Free)];
        List<byte[]>? full = null;
        var (before, length) = (0, 0);
        while (length < http.Request.ContentLength || http.Request.ContentLength is null)
        {
            if (length - before == piece.Length)
            {
                (full ??= []).Add(piece);
                before = length;
                piece = GC.AllocateUninitializedArray<byte>(Math.Clamp(piece.Length * 2, BodyMemory.Free, Largest));
            }

            var read = await body.ReadAsync(piece.AsMemory(length - before), cancellationToken);
            if (read == 0)
            {
                break;
            }

            length += read;
            if (arriving?.TryHold(length) == false)
            {
                return BodyMemory.Full(room);
            }
        }

        return full is null ? piece.AsMemory(0, length) : Whole(full, piece, length);
    }

    private static ReadOnlyMemory<byte> Whole(List<byte[]> full, byte[] last, int length)
    {
        var whole = GC.AllocateUninitializedArray<byte>(length);
        var position = 0;
        foreach (var piece in full)
        {
            piece.CopyTo(whole, position);
            position += piece.Length;
        }

        last.AsSpan(0, length - position).CopyTo(whole.AsSpan(position));
        return whole;
    }
}
