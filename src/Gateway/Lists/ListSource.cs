using Gateway.Providers.Contract;

namespace Gateway.Lists;

/// <summary>Fetches one page of a source: items behind <paramref name="after"/>, at most <paramref name="limit"/>.</summary>
internal delegate ValueTask<ListFetch> FetchPage(int limit, string? after, CancellationToken cancellationToken);

/// <summary>What a fetch gave: a page, or the error that kept it from being fetched.</summary>
/// <param name="Page">The page, or null.</param>
/// <param name="Error">The error, or null.</param>
internal sealed record ListFetch(ListPage? Page, GatewayError? Error)
{
    /// <summary>Those of the page's items that the caller may see; null for all. The others still say where the list goes on.</summary>
    public IReadOnlyList<ListItem>? Visible { get; init; }
}

/// <summary>
/// One account's list as a stream in the merged order. Sources order by creation time and break ties as they like; so items of the same second are
/// held back until the second is complete, and then put in order by id.
/// </summary>
/// <param name="fetch">Fetches a page of the source.</param>
/// <param name="order">The asked order.</param>
/// <param name="behind">Only items behind this place count; null for all.</param>
/// <param name="cursor">
/// A known id of this source from which to start, or null. At least one other item stands between it and <paramref name="behind"/>, so that a page
/// without items says that the source does not know the cursor.
/// </param>
/// <param name="pageSize">Items to ask for at a time.</param>
internal sealed class ListSource(FetchPage fetch, ListOrder order, ListPlace? behind, string? cursor, int pageSize)
{
    /// <summary>Most pages read for one answer; a source with more in front of the place asked for is out of reach.</summary>
    private const int MaxPages = 1000;

    private readonly Queue<ListItem> _ready = new();
    private readonly List<ListItem> _second = [];
    private ListPlace? _passed = behind;
    private string? _cursor = cursor;
    private bool _hasRestarted;
    private bool _exhausted;
    private int _pages;

    /// <summary>Sources of the same group may show the same items.</summary>
    public string Group { get; init; } = "";

    /// <summary>Everything this source has shown, in its own order.</summary>
    public List<ListItem> Seen { get; } = [];

    /// <summary>Why the source stopped, or null.</summary>
    public GatewayError? Error { get; private set; }

    /// <summary>The next item, or null at the end (or after an error).</summary>
    public async ValueTask<ListItem?> PeekAsync(CancellationToken cancellationToken)
    {
        while (_ready.Count == 0 && !_exhausted)
        {
            await FetchAsync(cancellationToken);
        }

        return _ready.TryPeek(out var item) ? item : null;
    }

    /// <summary>Drops the item that <see cref="PeekAsync"/> returned.</summary>
    public void Advance() => _ready.Dequeue();

    /// <summary>Whether an item other than this one has been read and not been taken, in order or not yet.</summary>
    public bool HoldsOther(string id, string? group)
    {
        return _ready.Any(IsOther) || _second.Exists(item => IsBehind(item) && IsOther(item));

        bool IsOther(ListItem item) => item.Id != id || group != Group;
    }

    private bool IsBehind(ListItem item) => _passed is not { } place || item.ListPosition.CompareTo(place, order) > 0;

    private async ValueTask FetchAsync(CancellationToken cancellationToken)
    {
        var fetched = await fetch(pageSize, _cursor, cancellationToken);
        var (page, error) = fetched;
        if (_cursor is not null && !_hasRestarted && (page is { Items.Count: 0 } || error is { Kind: ErrorKind.Caller or ErrorKind.NotFound }))
        {
            // The item to continue behind is gone; the beginning is always right, only longer, and what has been passed does not count again.
            _hasRestarted = true;
            _cursor = null;
            _second.Clear();
            return;
        }

        if (page is null || ++_pages > MaxPages)
        {
            Error = error ?? GatewayError.BadUpstream("the list is too long to be merged at this place", code: "list_too_long");
            _exhausted = true;
            _second.Clear();
            return;
        }

        foreach (var item in fetched.Visible ?? page.Items)
        {
            Take(item);
        }

        // A source that says "more" without an item to continue behind would be asked forever.
        _exhausted = !page.HasMore || page.Items.Count == 0 || page.Items[^1].Id == _cursor;
        _cursor = page.Items.Count > 0 ? page.Items[^1].Id : _cursor;
        if (_exhausted)
        {
            Release();
        }
    }

    private void Take(ListItem item)
    {
        if (_second.Count > 0 && _second[0].CreatedAt != item.CreatedAt)
        {
            if ((item.CreatedAt < _second[0].CreatedAt) == (order == ListOrder.Descending))
            {
                Release();
            }
            else
            {
                // The source began again by itself; it will come to this second again.
                _second.Clear();
            }
        }

        _second.Add(item);
        Seen.Add(item);
    }

    private void Release()
    {
        _second.Sort((a, b) => a.ListPosition.CompareTo(b.ListPosition, order));
        foreach (var item in _second.Where(IsBehind))
        {
            _ready.Enqueue(item);
            _passed = item.ListPosition;
        }

        _second.Clear();
    }
}
