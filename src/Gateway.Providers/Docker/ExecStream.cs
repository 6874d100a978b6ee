using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Gateway.Providers.Docker;

/// <summary>
/// The engine's multiplexed stream: frames of one byte for the stream (1 output, 2 errors), three of nothing, four of length, and the payload.
/// </summary>
internal static class ExecStream
{
    private const int HeaderLength = 8;
    private const int MaxErrors = 1024;

    /// <summary>Takes the streams apart. A frame that is cut off ends them: whoever reads the output knows what its last line must be.</summary>
    /// <returns>The output, and the first of the errors.</returns>
    public static (ReadOnlyMemory<byte> Output, string Errors) Split(ReadOnlySpan<byte> stream)
    {
        var output = new ArrayBufferWriter<byte>(Math.Max(stream.Length, 1));
        var errors = new ArrayBufferWriter<byte>(256);
        while (stream.Length >= HeaderLength)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(stream[4..]);
            var payload = stream.Slice(HeaderLength, (int)Math.Min(length, (uint)(stream.Length - HeaderLength)));
            if (stream[0] == 1)
            {
                output.Write(payload);
            }
            else if (errors.WrittenCount < MaxErrors)
            {
                errors.Write(payload[..Math.Min(payload.Length, MaxErrors - errors.WrittenCount)]);
            }

            stream = stream[(HeaderLength + payload.Length)..];
        }

        return (output.WrittenMemory, Encoding.UTF8.GetString(errors.WrittenSpan).Trim());
    }
}
