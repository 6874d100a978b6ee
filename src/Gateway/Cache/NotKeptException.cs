using Gateway.Pipeline;
using Gateway.Providers.Contract;

namespace Gateway.Cache;

/// <summary>
/// An answer that must not be kept: an error, or a list with parts missing. An exception, since it is the only way out of a load that leaves nothing
/// in <c>HybridCache</c>; everybody who waits for the load gets it.
/// </summary>
internal sealed class NotKeptException(Reply reply, IReadOnlyList<MissingPart> missing) : Exception
{
    public Reply Reply { get; } = reply;

    public IReadOnlyList<MissingPart> Missing { get; } = missing;
}
