using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Fakes;

/// <summary>Sums of what one gateway's counters recorded since this began to listen; of observed instruments what they say now.</summary>
internal sealed class InstrumentSums : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<(string Instrument, string Tags), long> _sums = new();

    public InstrumentSums(RunningGateway gateway)
    {
        var meters = gateway.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            _sums.AddOrUpdate(
                (instrument.Name, string.Join(',', tags.ToArray().Select(tag => tag.Value))), value,
                (_, sum) => instrument.IsObservable ? value : sum + value));
        _listener.Start();
    }

    /// <summary>The sum of an instrument: of the series whose label values these are, or of all.</summary>
    public long Of(string instrument, string? tags = null)
    {
        _listener.RecordObservableInstruments();
        return _sums.Where(pair => pair.Key.Instrument == instrument && (tags is null || pair.Key.Tags == tags)).Sum(pair => pair.Value);
    }

    public void Dispose() => _listener.Dispose();
}
