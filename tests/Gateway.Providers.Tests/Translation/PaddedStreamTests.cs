using Gateway.Providers.Translation;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Providers.Tests.Translation;

public sealed class PaddedStreamTests
{
    private const int Piece = 100;

    /// <summary>Whoever gets the pieces is woken by each, and bounds the time in which none comes.</summary>
    [Theory]
    [InlineData(1, 1000)]
    [InlineData(150, 2 * Piece)]
    [InlineData(900, Piece)]
    public async Task Pieces_of_a_fast_source_go_on_together_and_those_of_a_slow_one_as_they_come(int millisecondsApart, int together)
    {
        var time = new FakeTimeProvider();
        using var source = new Trickle(time, TimeSpan.FromMilliseconds(millisecondsApart), pieces: 50);
        await using var stream = Over(source, 50 * Piece, time);
        Assert.Equal(together, await stream.ReadAsync(new byte[1000], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Bytes_are_followed_by_zeros_up_to_the_length()
    {
        var time = new FakeTimeProvider();
        using var source = new Trickle(time, TimeSpan.Zero, pieces: 3);
        await using var stream = Over(source, (3 * Piece) + 7, time);
        var all = new byte[1000];
        Assert.Equal(
            (3 * Piece) + 7, await stream.ReadAtLeastAsync(all, all.Length, throwOnEndOfStream: false, TestContext.Current.CancellationToken));
        Assert.Equal(3 * Piece, stream.Received);
        Assert.Equal(3 * Piece, all.Count(b => b == 1));
        Assert.Equal(0, await stream.ReadAsync(Array.Empty<byte>(), TestContext.Current.CancellationToken));
    }

    private static PaddedStream Over(Stream source, long length, FakeTimeProvider time) =>
        new(source, length, long.MaxValue, _ => ValueTask.CompletedTask, time);

    /// <summary>Gives one piece a read, each after a while.</summary>
    private sealed class Trickle(FakeTimeProvider time, TimeSpan apart, int pieces) : MemoryStream
    {
        private int _given;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_given == pieces)
            {
                return ValueTask.FromResult(0);
            }

            time.Advance(apart);
            _given++;
            buffer.Span[..Piece].Fill(1);
            return ValueTask.FromResult(Piece);
        }
    }
}
