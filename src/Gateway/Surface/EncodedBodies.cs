using Gateway.Providers.Contract;
using Microsoft.AspNetCore.RequestDecompression;

namespace Gateway.Surface;

/// <summary>
/// Unpacks request bodies with the framework's decompressors, and refuses encodings it has none for. Not the framework's middleware: its limit is the
/// server's and not the operation's, and its streams break in as many kinds of exceptions as there are encodings.
/// </summary>
internal sealed class EncodedBodies(RequestDelegate next, IRequestDecompressionProvider decompression)
{
    public Task InvokeAsync(HttpContext http)
    {
        var encoding = http.Request.Headers.ContentEncoding;
        if (encoding.Count == 0 || string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase))
        {
            return next(http);
        }

        return decompression.GetDecompressionStream(http) is { } stream
            ? UnpackAsync(http, stream)
            : ErrorWriter.WriteAsync(http, GatewayError.Invalid(
                "Content-Encoding must be one of gzip, br and deflate", "Content-Encoding", "unsupported_content_encoding",
                StatusCodes.Status415UnsupportedMediaType));
    }

    private async Task UnpackAsync(HttpContext http, Stream stream)
    {
        var packed = http.Request.Body;
        await using (stream)
        {
            http.Request.Body = new UnpackedBody(stream);
            http.Request.ContentLength = null;
            try
            {
                await next(http);
            }
            finally
            {
                http.Request.Body = packed;
            }
        }
    }
}

/// <summary>An unpacked request body: bounded like any other, whatever it expands to, and broken in one way.</summary>
internal sealed class UnpackedBody(Stream unpacked) : ReadOnlyStream
{
    private long _read;

    /// <summary>Most bytes that may come out; nothing until a reader has set it.</summary>
    public long Limit { get; set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await unpacked.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException)
        {
            throw new InvalidUploadException(GatewayError.Invalid("invalid compressed request body", "Content-Encoding", "invalid_encoding"), exception);
        }

        _read += read;
        return _read <= Limit ? read : throw new InvalidUploadException(BodyReader.TooLarge(Limit));
    }
}
