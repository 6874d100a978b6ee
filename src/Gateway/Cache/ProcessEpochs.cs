using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;

namespace Gateway.Cache;

/// <summary>The values in this process: a count of renewals for each of the bounded number of scopes.</summary>
internal sealed class ProcessEpochs : IEpochStore
{
    private readonly ConcurrentDictionary<string, long> _renewals = new(StringComparer.Ordinal);

    public bool IsAvailable => true;

    public ValueTask<EpochReading?> ReadAsync(ImmutableArray<string> scopes, CancellationToken cancellationToken) =>
        new(new EpochReading(scopes.Length == 1 ? Text(scopes[0]) : string.Join(',', scopes.Select(Text)), DateTimeOffset.MinValue));

    public ValueTask BumpAsync(ImmutableArray<string> scopes)
    {
        foreach (var scope in scopes)
        {
            _renewals.AddOrUpdate(scope, 1, static (_, count) => count + 1);
        }

        return ValueTask.CompletedTask;
    }

    private string Text(string scope) => _renewals.GetValueOrDefault(scope).ToString(CultureInfo.InvariantCulture);
}
