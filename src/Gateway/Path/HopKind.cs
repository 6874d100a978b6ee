using Gateway.Providers.Contract;

namespace Gateway.Path;

/// <summary>What an upstream limits apart: creates may be used up while reads go on.</summary>
internal enum HopKind
{
    /// <summary>Changes nothing.</summary>
    Read,

    /// <summary>Changes something that exists.</summary>
    Write,

    /// <summary>Makes a container.</summary>
    Create,
}

/// <summary>Tells kinds apart.</summary>
internal static class HopKinds
{
    /// <summary>All kinds.</summary>
    public static readonly HopKind[] All = Enum.GetValues<HopKind>();

    /// <summary>The kind of an operation's own hop; null stands for work without a call.</summary>
    public static HopKind Of(Operation? operation) =>
        operation == Operation.ContainerCreate ? HopKind.Create : operation is { Effect: Effect.Read } ? HopKind.Read : HopKind.Write;

    /// <summary>The kind of a hop; writes read first, too.</summary>
    public static HopKind Of(Hop hop, Operation? operation) => hop.Method is "GET" or "HEAD" ? HopKind.Read : Of(operation);
}
