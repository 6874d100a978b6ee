using Gateway.Providers.Contract;

namespace Gateway.Creates;

/// <summary>A create that runs, or whose result no client has received; guarded by the lock of <see cref="RetryClaims"/>.</summary>
/// <param name="request">What was asked.</param>
/// <param name="tenant">Whose it is; null for nobody's.</param>
internal sealed class PendingCreate(Digest request, string? tenant)
{
    /// <summary>Whose it is; null for nobody's.</summary>
    public string? Tenant { get; } = tenant;

    /// <summary>What was asked.</summary>
    public Digest Request { get; } = request;

    /// <summary>Ends with the reply; with null when there is none. Null itself once only <see cref="Result"/> is kept.</summary>
    public TaskCompletionSource<Reply?>? Running { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set when it has worked.</summary>
    public KeptResult? Result { get; set; }

    /// <summary>Whose client is to receive the result.</summary>
    public CreateClaim? Holder { get; set; }

    /// <summary>Until when the result of a client that has left is kept.</summary>
    public DateTimeOffset Until { get; set; }
}
