using System.IO.Pipelines;
using Gateway.Api;
using Gateway.Fakes;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Api;

public sealed class PendingReadTests
{
    public static TheoryData<Exception> Reasons =>
    [
        new IOException("The client reset the request stream."), new ConnectionResetException("gone"), new ConnectionAbortedException("gone"),
        new ObjectDisposedException("reader"), new BadHttpRequestException("Unexpected end of request content."),
    ];

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Read_of_a_request_that_is_gone_is_ended_without_a_throw(Exception reason)
    {
        var reader = new GoneReader(reason);
        PendingRead.Cancel(reader);
        Assert.Equal(1, reader.Cancelled);
    }

    /// <summary>What a timer throws ends the process.</summary>
    [Fact]
    public async Task Body_that_is_too_slow_ends_no_process_when_its_request_is_gone_meanwhile()
    {
        var time = new FakeTimeProvider();
        var reader = new GoneReader(new IOException("The client reset the request stream."));
        using var pace = new BodyPace(reader, TestSettings.Defaults.Client with { MaxUploadDuration = TimeSpan.FromSeconds(1) }, time);
        using var left = new CancellationTokenSource();
        var reading = pace.ReadAsync(left.Token);
        time.Advance(TimeSpan.FromSeconds(2));
        await left.CancelAsync();
        Assert.Equal(2, reader.Cancelled);

        reader.End();
        await Assert.ThrowsAnyAsync<IOException>(async () => await reading);
    }

    /// <summary>As Kestrel's once it has ended the request.</summary>
    private sealed class GoneReader(Exception reason) : PipeReader
    {
        private readonly TaskCompletionSource<ReadResult> _read = new();

        public int Cancelled { get; private set; }

        public void End() => _read.SetResult(default);

        public override void CancelPendingRead()
        {
            Cancelled++;
            throw reason;
        }

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => new(_read.Task);

        public override bool TryRead(out ReadResult result) => throw new NotSupportedException();

        public override void AdvanceTo(SequencePosition consumed)
        {
        }

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
