using System.Collections.Concurrent;
using System.Text.Json;

namespace Gateway.Providers.Docker;

/// <summary>
/// What an engine tells while it pulls: a JSON object a line
/// (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageCreate). It has answered 200 before it knows, so that a
/// failure is one of the lines.
/// </summary>
internal sealed class PullProgress(string image)
{
    private const int MaxLine = 64 * 1024;
    private const int MaxLayers = 1000;

    private readonly ConcurrentDictionary<string, (long Now, long Total)> _layers = new();

    /// <summary>Reads to the end; returns the engine's reason when it could not pull, else null.</summary>
    public async ValueTask<string?> ReadAsync(Stream lines, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxLine];
        var filled = 0;
        string? failure = null;
        while (await lines.ReadAsync(buffer.AsMemory(filled), cancellationToken) is > 0 and var read)
        {
            filled += read;
            var taken = 0;
            while (buffer.AsSpan(taken, filled - taken).IndexOf((byte)'\n') is >= 0 and var length)
            {
                failure ??= Take(buffer.AsMemory(taken, length));
                taken += length + 1;
            }

            // What is longer than any honest line is dropped.
            (filled, taken) = taken == 0 && filled == MaxLine ? (0, 0) : (filled - taken, taken);
            buffer.AsSpan(taken, filled).CopyTo(buffer);
        }

        return failure ?? Take(buffer.AsMemory(0, filled));
    }

    /// <summary>How far it is, for people.</summary>
    public override string ToString()
    {
        var (now, total) = _layers.Values.Aggregate((Now: 0L, Total: 0L), (sum, layer) => (sum.Now + layer.Now, sum.Total + layer.Total));
        return total == 0 ? $"image {image} is being pulled" : $"image {image} is being pulled: {now >> 20} of {total >> 20} MiB";
    }

    private string? Take(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (Member(root, "errorDetail") is { } detail && Member(detail, "message")?.GetString() is { Length: > 0 } message)
            {
                return message;
            }

            if (Member(root, "error") is { ValueKind: JsonValueKind.String } error)
            {
                return error.GetString();
            }

            if (Member(root, "progressDetail") is { } progress && Member(root, "id")?.GetString() is { } id
                && Member(progress, "total") is { } total && total.TryGetInt64(out var all)
                && Member(progress, "current") is { } current && current.TryGetInt64(out var now)
                && all > 0 && (_layers.Count < MaxLayers || _layers.ContainsKey(id)))
            {
                _layers[id] = (Math.Clamp(now, 0, all), all);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Progress is for people only.
        }

        return null;
    }

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;
}
