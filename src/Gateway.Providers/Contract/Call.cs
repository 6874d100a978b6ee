using System.Collections.Immutable;

namespace Gateway.Providers.Contract;

/// <summary>A client's request, parsed and checked; immutable. A call that exists is well formed.</summary>
public sealed record Call
{
    /// <summary>What is asked.</summary>
    public required Operation Operation { get; init; }

    /// <summary>The configured name of the provider that shall answer.</summary>
    public required string Provider { get; init; }

    /// <summary>
    /// Whose containers it is about; null where nothing is anybody's. A provider that can keep an owner with a container does, and answers for
    /// another's as for one that does not exist.
    /// </summary>
    public Tenant? Tenant { get; init; }

    /// <summary>Who owns what the call makes; null for nobody.</summary>
    public string? Owner => Tenant?.Id;

    /// <summary>The container, on all operations but create and list.</summary>
    public ContainerId? Container { get; init; }

    /// <summary>The file, on file retrieve, content and delete.</summary>
    public FileId? File { get; init; }

    /// <summary>The page asked for, on lists.</summary>
    public PageQuery Page { get; init; } = PageQuery.First;

    /// <summary>The body.</summary>
    public CallBody Body { get; init; } = CallBody.None.Instance;

    /// <summary>Query parameters the gateway does not know, decoded, in the client's order; pass-through providers send them on.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Query { get; init; } = [];
}
