using Gateway.Providers.Contract;
using Gateway.Providers.Streams;
using Microsoft.AspNetCore.RequestDecompression;

namespace Gateway.Api;

/// <summary>
/// Unpacks request bodies with the framework's decompressors, and refuses encodings it has none for. Not the framework's middleware: its limit is the
/// server's and not the operation's, and its streams break in as many kinds of exceptions as there are encodings.
/// </summary>
internal sealed class RequestDecompressionMiddleware(RequestDelegate next, IRequestDecompressionProvider decompression)
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
            http.Request.Body = new UnpackedBody(stream, http.Exchange().Body);
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
/// <param name="unpacked">What comes out.</param>
/// <param name="packed">What goes in; null for nothing.</param>
internal sealed class UnpackedBody(Stream unpacked, ClientBody? packed) : ForwardOnlyStream
{
    /// <summary>How many times as large a body that is held may become; JSON seldom becomes ten times as large.</summary>
    private const int MaxGrowth = 20;

    /// <summary>What it may become whatever its size, in bytes.</summary>
    private const long MaxFree = 1024 * 1024;

    private long _read;

    /// <summary>Most bytes that may come out; nothing until a reader has set it.</summary>
    public long Limit { get; set; }

    /// <summary>Whether the reader holds what comes out: then it is bounded by what has arrived, too.</summary>
    public bool IsHeld { get; set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await unpacked.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException)
        {
            throw new InvalidUploadException(
                GatewayError.Invalid("invalid compressed request body", "Content-Encoding", "invalid_encoding"), exception);
        }

        _read += read;
        if (IsHeld && _read > (MaxGrowth * (packed?.Received ?? 0)) + MaxFree)
        {
            throw new InvalidUploadException(BodyReader.TooLarge($"the compressed request body becomes more than {MaxGrowth} times as large"));
        }

        return _read <= Limit ? read : throw new InvalidUploadException(BodyReader.TooLarge(Limit));
    }
}
