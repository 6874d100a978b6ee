using System.Collections.Immutable;
using Gateway.Accounts;
using Gateway.Cache;
using Microsoft.Extensions.Primitives;

namespace Gateway.Pipeline;

/// <summary>
/// What a request says beside its call: which account shall answer, whether it repeats another, what of it travels upstream, who sends it. Read once,
/// before the call; nobody below the API looks at a header again. A dialect sees none of it.
/// </summary>
internal sealed record CallDirectives
{
    /// <summary>Those of a request that says nothing, as most do, and of work that no client asked for.</summary>
    public static readonly CallDirectives None = new();

    /// <summary>Who sends it.</summary>
    public Caller Caller { get; init; } = Caller.Anonymous;

    /// <summary>The account it insists on, or null.</summary>
    public Pin? Pin { get; init; }

    /// <summary>Its <c>Idempotency-Key</c>, 1 to 255 characters, or null. Creates only.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The SDK's number of this retry; 0 for a first try.</summary>
    public int RetryCount { get; init; }

    /// <summary>Whether a list with missing parts is refused; null for what the configuration says.</summary>
    public bool? Strict { get; init; }

    /// <summary>Whether the native request is sent back; null for what the configuration says.</summary>
    public bool? EchoRequest { get; init; }

    /// <summary>Whether the native response is sent back; null for what the configuration says.</summary>
    public bool? EchoResponse { get; init; }

    /// <summary>What it wants of the list cache.</summary>
    public CacheDirectives Cache { get; init; } = CacheDirectives.None;

    /// <summary>Headers that travel upstream, under the names they have there, in the order of these.</summary>
    public ImmutableArray<KeyValuePair<string, StringValues>> Forwarded { get; init; } = [];

    /// <summary>Its place in a trace; null when there is none or the configuration accepts none.</summary>
    public TraceContext? Trace { get; init; }

    /// <summary>Whether an upstream may answer this request differently from another: the pin says who is asked, what travels says what.</summary>
    public bool ShapesAnswer => Pin is not null || !Forwarded.IsEmpty;

    /// <summary>What of it changes an answer: for a list that others may get, too, whose caller is nobody but a tenant with rights.</summary>
    public CallDirectives OfAnswer() => ShapesAnswer || Caller.Tenant is not null
        ? new CallDirectives { Caller = Caller.Shared(), Pin = Pin, Forwarded = Forwarded } : None;
}
