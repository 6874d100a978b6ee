using Gateway.Providers.Contract;

namespace Gateway.Accounts;

/// <summary>What an upstream limits apart: creates may be used up while reads go on.</summary>
internal enum OperationKind
{
    /// <summary>Changes nothing.</summary>
    Read,

    /// <summary>Changes something that exists.</summary>
    Write,

    /// <summary>Makes a container.</summary>
    Create,
}

/// <summary>Tells kinds apart.</summary>
internal static class OperationKinds
{
    /// <summary>All kinds.</summary>
    public static readonly OperationKind[] All = Enum.GetValues<OperationKind>();

    /// <summary>The kind of an operation's own request; null stands for work without a call.</summary>
    public static OperationKind Of(Operation? operation) =>
        operation == Operation.ContainerCreate ? OperationKind.Create
        : operation is { Effect: Effect.Read } ? OperationKind.Read
        : OperationKind.Write;

    /// <summary>The kind of a request; writes read first, too.</summary>
    public static OperationKind Of(UpstreamRequest request, Operation? operation) =>
        request.Method is "GET" or "HEAD" ? OperationKind.Read : Of(operation);
}
