using System.Buffers.Binary;
using CsCheck;
using Gateway.Providers.Docker;

namespace Gateway.Providers.Tests.Docker;

public sealed class ExecStreamTests
{
    [Fact]
    public void Garbage_in_an_exec_stream_is_taken_apart_without_a_defect() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        ExecStream.Split(bytes);
    });

    [Fact]
    public void Frames_of_an_exec_stream_are_joined_however_they_are_cut() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[1, 40]).Sample((bytes, size) =>
        {
            var stream = new List<byte>();
            foreach (var chunk in bytes.Chunk(size))
            {
                Frame(stream, 1, chunk);
                Frame(stream, 2, "oops"u8.ToArray());
            }

            var (output, errors) = ExecStream.Split([.. stream]);
            Assert.Equal(bytes, output.ToArray());
            Assert.Equal(bytes.Length > 0, errors.StartsWith("oops", StringComparison.Ordinal));
        });

    private static void Frame(List<byte> stream, byte kind, byte[] payload)
    {
        var header = new byte[8];
        header[0] = kind;
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), payload.Length);
        stream.AddRange(header);
        stream.AddRange(payload);
    }
}
