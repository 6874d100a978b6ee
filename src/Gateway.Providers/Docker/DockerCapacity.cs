using System.Globalization;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>
/// How much the containers of a provider may take. What there is, the engine says, from labels; what this instance is about to make is reserved here
/// before, so that creates at the same moment see each other. Instances that share an engine see each other's containers a moment later.
/// </summary>
internal sealed class DockerCapacity(DockerOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _reserved = [];

    /// <summary>Reserves a place for a container; throws <see cref="TranslationRefusedException"/> naming the limit that keeps it out.</summary>
    /// <returns>To be disposed when the engine shows the container, or when there will be none.</returns>
    public async ValueTask<IDisposable> ReserveAsync(string id, string memoryLimit, EngineClient engine, CancellationToken cancellationToken)
    {
        var wanted = GiB(memoryLimit);
        if (wanted > GiB(options.MaxMemoryLimit))
        {
            throw TranslatedErrors.Invalid(
                $"'memory_limit' must not be above '{options.MaxMemoryLimit}', this provider's max_memory_limit.", "memory_limit");
        }

        // Who comes later sees this reservation, and those made before are seen here, either still reserved or, once they are not, at the engine,
        // which is asked afterwards. So of any number at once, the last to come has seen all others.
        Dictionary<string, int> others;
        lock (_lock)
        {
            others = new(_reserved);
            _reserved[id] = wanted;
        }

        var reservation = new Reservation(this, id);
        try
        {
            foreach (var container in (await engine.ListAsync(cancellationToken)).Select(container => container.Facts))
            {
                // One that has ended takes no memory, only its place and its files.
                others[container.Id] = container.Runs || !container.WasStarted ? GiB(container.MemoryLimit) : 0;
            }

            if (others.Count >= options.MaxContainers)
            {
                throw Reached($"The limit of {options.MaxContainers} containers (max_containers) is reached.", "container_limit_exceeded");
            }

            var total = GiB(options.MaxTotalMemory);
            return others.Values.Sum() + wanted <= total
                ? reservation
                : throw Reached(
                    $"The limit of {total} GiB for all running containers together (max_total_memory) is reached.", "memory_limit_exceeded");
        }
        catch
        {
            reservation.Dispose();
            throw;
        }
    }

    /// <summary>The number of a text such as <c>4g</c>.</summary>
    public static int GiB(string limit) => int.Parse(limit.AsSpan(0, limit.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture);

    private static TranslationRefusedException Reached(string message, string code) => new(new GatewayError
    {
        Kind = ErrorKind.Quota, Status = 429, Message = message + " Delete containers or wait until some expire.", Code = code, Retryable = false,
    });

    private sealed class Reservation(DockerCapacity capacity, string id) : IDisposable
    {
        public void Dispose()
        {
            lock (capacity._lock)
            {
                capacity._reserved.Remove(id);
            }
        }
    }
}
