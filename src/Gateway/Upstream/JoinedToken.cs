namespace Gateway.Upstream;

/// <summary>
/// Ends a caller's operations by a source of one's own, too. The pieces of a body are read with one token, and written with one: they are linked once
/// and not for each piece. For one operation at a time.
/// </summary>
internal sealed class JoinedToken(CancellationTokenSource own) : IDisposable
{
    private CancellationToken _caller;
    private CancellationTokenSource? _either;

    /// <summary>A token for an operation of a caller with this one.</summary>
    public CancellationToken With(CancellationToken caller)
    {
        if (!caller.CanBeCanceled)
        {
            return own.Token;
        }

        if (_either is null || _caller != caller)
        {
            _either?.Dispose();
            (_caller, _either) = (caller, CancellationTokenSource.CreateLinkedTokenSource(caller, own.Token));
        }

        return _either.Token;
    }

    public void Dispose() => _either?.Dispose();
}
