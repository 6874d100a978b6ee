namespace Gateway.Providers.Contract;

/// <summary>Order of a list by creation time.</summary>
public enum ListOrder
{
    /// <summary>Newest first; the default.</summary>
    Descending,

    /// <summary>Oldest first.</summary>
    Ascending,
}

/// <summary>A validated question for one page of a list.</summary>
public sealed record PageQuery
{
    /// <summary>Default of <see cref="Limit"/>.</summary>
    public const int DefaultLimit = 20;

    /// <summary>Upper bound of <see cref="Limit"/>.</summary>
    public const int MaxLimit = 100;

    /// <summary>The first page, as a client gets it that says nothing.</summary>
    public static PageQuery First { get; } = new();

    /// <summary>Items wanted, 1 to <see cref="MaxLimit"/>, <see cref="DefaultLimit"/> when the client did not say.</summary>
    public int Limit { get; init; } = DefaultLimit;

    /// <summary>Order by creation time.</summary>
    public ListOrder Order { get; init; } = ListOrder.Descending;

    /// <summary>Id of the object to continue behind (exclusive), or null for the first page.</summary>
    public string? After { get; init; }

    /// <summary>Only objects with exactly this name, or null. Containers only.</summary>
    public string? Name { get; init; }
}
