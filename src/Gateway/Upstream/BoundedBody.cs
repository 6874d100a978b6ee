using System.Buffers;
using System.IO.Compression;

namespace Gateway.Upstream;

/// <summary>The upstream sent more than a collected answer may hold.</summary>
internal sealed class ResponseTooLargeException(int limit) : IOException
{
    public int Limit { get; } = limit;
}

/// <summary>Reads an upstream's body whole, decompressed, up to a limit that also holds for what a compressed body expands to.</summary>
internal static class BoundedBody
{
    /// <param name="content">The body; whoever disposes of its response disposes of it.</param>
    /// <param name="limit">Most bytes it may hold.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        var length = content.Headers.ContentLength;
        if (length > limit)
        {
            throw new ResponseTooLargeException(limit);
        }

        var received = await content.ReadAsStreamAsync(cancellationToken);
        if (content.Headers.NonValidated.Contains("Content-Encoding"))
        {
            await using var decoded = Decode(received, content.Headers.ContentEncoding);
            return await ReadToEndAsync(decoded, limit, cancellationToken);
        }

        if (length is not { } exact)
        {
            return await ReadToEndAsync(received, limit, cancellationToken);
        }

        var body = GC.AllocateUninitializedArray<byte>((int)exact);
        await received.ReadExactlyAsync(body, cancellationToken);
        return body;
    }

    /// <summary>Whether <see cref="Decode"/> knows all of these.</summary>
    public static bool CanDecode(ICollection<string> encodings) =>
        encodings.All(encoding => encoding.ToLowerInvariant() is "identity" or "" or "gzip" or "x-gzip" or "br" or "deflate");

    /// <summary>Undoes encodings nobody asked for (the gateway never sends <c>Accept-Encoding</c>), in reverse order of their application.</summary>
    public static Stream Decode(Stream stream, ICollection<string> encodings)
    {
        foreach (var encoding in encodings.Reverse())
        {
            stream = encoding.ToLowerInvariant() switch
            {
                "identity" or "" => stream,
                "gzip" or "x-gzip" => new GZipStream(stream, CompressionMode.Decompress),
                "br" => new BrotliStream(stream, CompressionMode.Decompress),
                "deflate" => new ZLibStream(stream, CompressionMode.Decompress),
                _ => throw new InvalidDataException("unknown content encoding"),
            };
        }

        return stream;
    }

    private static async ValueTask<int> ReadAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAsync(buffer, cancellationToken);
        }
        catch (InvalidOperationException exception)
        {
            // Brotli's way to say that its data is broken.
            throw new InvalidDataException("broken content encoding", exception);
        }
    }

    private static async ValueTask<ReadOnlyMemory<byte>> ReadToEndAsync(Stream stream, int limit, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>(4096);
        while (true)
        {
            var read = await ReadAsync(stream, body.GetMemory(4096), cancellationToken);
            if (read == 0)
            {
                return body.WrittenMemory;
            }

            body.Advance(read);
            if (body.WrittenCount > limit)
            {
                throw new ResponseTooLargeException(limit);
            }
        }
    }
}
