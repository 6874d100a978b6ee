using Gateway.Providers.Contract;

namespace Gateway.Api;

/// <summary>Counts the bodies that are held whole, all calls together, as they arrive.</summary>
internal sealed class BodyMemory
{
    /// <summary>
    /// What every body may hold uncounted, in bytes: about what its connection holds anyway, and enough for nearly every call, which so goes on while
    /// a few large bodies take all there is.
    /// </summary>
    public const int Free = 64 * 1024;

    private long _held;

    /// <summary>Takes more, or nothing when all calls together would hold more than this many bytes.</summary>
    public bool TryTake(long bytes, long limit)
    {
        if (Interlocked.Add(ref _held, bytes) <= limit)
        {
            return true;
        }

        Interlocked.Add(ref _held, -bytes);
        return false;
    }

    /// <summary>Gives back what was taken.</summary>
    public void GiveBack(long bytes) => Interlocked.Add(ref _held, -bytes);

    /// <summary>The error of a body there is no room for.</summary>
    public static GatewayError Full(long limit) => new()
    {
        Kind = ErrorKind.Capacity,
        Status = StatusCodes.Status503ServiceUnavailable,
        Type = "server_error",
        Code = "request_bodies_full",
        Message = $"the request bodies of all calls in flight fill the {limit} bytes set aside for them; nothing was done",
        RetryAfter = TimeSpan.FromSeconds(1),
    };
}
