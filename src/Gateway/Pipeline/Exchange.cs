using System.Collections.Immutable;
using System.Diagnostics;
using Gateway.Api;
using Gateway.Cache;
using Gateway.Creates;
using Gateway.Limits;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Telemetry;
using Gateway.Upstream;

namespace Gateway.Pipeline;

/// <summary>
/// The request's log book: filled from left to right, read at the end. <c>extra_fields</c>, response headers, the completion log line, metrics
/// and span tags are projections of it. Steps append, never rewrite.
/// </summary>
internal sealed class Exchange(string requestId, GatewaySettings settings, TimeProvider time)
{
    private readonly List<Attempt> _trail = new(1);
    private readonly long _received = time.GetTimestamp();
    private long? _upstreamStarted;
    private TimeSpan? _upstreamTime;

    /// <summary>A log book for work that the request began and that outlives it.</summary>
    public Exchange Detach() => new(GatewayMetrics.Maintenance, Settings, time) { Provider = Provider, Served = Served };

    /// <summary>Time since the request came in.</summary>
    public TimeSpan Age => time.GetElapsedTime(_received);

    /// <summary>When the request came in.</summary>
    public DateTimeOffset ReceivedAt => time.GetUtcNow() - Age;

    /// <summary>Our request id, or the client's when it is well formed.</summary>
    public string RequestId { get; } = requestId;

    /// <summary>
    /// The configuration this request lives under, from start to end; once its caller is admitted, that caller's view of it.
    /// </summary>
    public GatewaySettings Settings { get; private set; } = settings;

    /// <summary>Whether it was decided that this request may be answered, and to whom.</summary>
    public bool IsAdmitted { get; private set; }

    /// <summary>The decoded segments of the path as it was sent; set by the first stage that needs them.</summary>
    public IReadOnlyList<string?> Segments { get; set; } = [];

    /// <summary>The body as it arrives; null for a request without one.</summary>
    public ClientBody? Body { get; set; }

    /// <summary>What was asked; null for requests that are none of the nine operations.</summary>
    public Operation? Operation { get; set; }

    /// <summary>The surface it came through.</summary>
    public ApiSurface? Surface { get; set; }

    /// <summary>What the request says beside its call.</summary>
    public CallDirectives Directives { get; set; } = CallDirectives.None;

    /// <summary>Ends when the client leaves.</summary>
    public CancellationToken Aborted { get; init; }

    /// <summary>The client's connection, for what is streamed to it; null for work that nobody waits for, or others wait for, too.</summary>
    public StreamingClient? Client { get; init; }

    /// <summary>The call once it is parsed.</summary>
    public Call? Call { get; set; }

    /// <summary>The provider's name as soon as one was named, whether or not it exists.</summary>
    public string? Provider { get; set; }

    /// <summary>The configured provider that serves the call.</summary>
    public ProviderSettings? Served { get; set; }

    /// <summary>Attempts so far.</summary>
    public IReadOnlyList<Attempt> Trail => _trail;

    /// <summary>The account asked last, or null when nothing left the gateway.</summary>
    public Account? Account { get; private set; }

    /// <summary>Its name, or null.</summary>
    public string? AccountName => Account?.Name;

    /// <summary>The same, for the caller; null when it may not know.</summary>
    public string? ShownAccount => Directives.Caller.SeesAccounts ? AccountName : null;

    /// <summary>Time of the upstream work so far, all attempts and waits included.</summary>
    public TimeSpan UpstreamTime =>
        _upstreamTime ?? (_upstreamStarted is { } started ? time.GetElapsedTime(started) : TimeSpan.Zero);

    /// <summary>The upstream's own request id, or null.</summary>
    public string? UpstreamRequestId { get; set; }

    /// <summary>Upstream headers that belong to the client (rate limits and the like).</summary>
    public IReadOnlyList<KeyValuePair<string, string>> UpstreamHeaders { get; set; } = [];

    /// <summary>What the list cache said, or null when it was not asked.</summary>
    public CacheStatus? Cache { get; set; }

    /// <summary>The span of the operation, or null when nobody listens.</summary>
    public Activity? Span { get; set; }

    /// <summary>Bytes of the request body read so far, when it may be a file.</summary>
    public ByteCount? RequestBytes { get; set; }

    /// <summary>Bytes of the response body written so far, when it may be a file.</summary>
    public ByteCount? ResponseBytes { get; set; }

    /// <summary>The error answered, or null.</summary>
    public GatewayError? Error { get; set; }

    /// <summary>Bytes of the request body sent upstream, when echo is on.</summary>
    public ReadOnlyMemory<byte>? RawRequest { get; set; }

    /// <summary>Bytes the upstream answered, when echo is on.</summary>
    public ReadOnlyMemory<byte>? RawResponse { get; set; }

    /// <summary>Whether <see cref="RawRequest"/> shall be kept and sent back.</summary>
    public bool EchoRequest { get; set; }

    /// <summary>Whether <see cref="RawResponse"/> shall be kept and sent back.</summary>
    public bool EchoResponse { get; set; }

    /// <summary>The client's right to the container of its create; null when nobody else could get it.</summary>
    public CreateClaim? Receipt { get; set; }

    /// <summary>The client key it came with, where that is known, whether or not it may be used; null otherwise.</summary>
    public ClientKey? ClientKey { get; set; }

    /// <summary>How far the quotas of its caller are used; empty for callers without any.</summary>
    public ImmutableArray<QuotaState> Quotas { get; set; } = [];

    /// <summary>Accounts whose part of a merged list is missing.</summary>
    public IReadOnlyList<MissingPart> Missing { get; set; } = [];

    /// <summary>Providers that might have the container the call is about and could not be asked.</summary>
    public IReadOnlyList<MissingPart> Unasked { get; set; } = [];

    /// <summary>The request may be answered, to nobody in particular.</summary>
    public void Admit() => IsAdmitted = true;

    /// <summary>The request may be answered, to this caller.</summary>
    /// <param name="directives">What it says, as far as the caller alone says it.</param>
    /// <param name="seen">The caller's view of the configuration.</param>
    public void Admit(CallDirectives directives, GatewaySettings seen) => (IsAdmitted, Directives, Settings) = (true, directives, seen);

    /// <summary>A provider begins to work; the first one starts the clock.</summary>
    public void StartUpstream() => _upstreamStarted ??= time.GetTimestamp();

    /// <summary>The provider has done its work.</summary>
    public void EndUpstream() => _upstreamTime = UpstreamTime;

    /// <summary>An account is about to be asked.</summary>
    public void Try(Account account) => Account = account;

    /// <summary>An attempt has ended.</summary>
    public void Add(Attempt attempt) => _trail.Add(attempt);

    /// <summary>A log book for one of several exchanges that run side by side; <see cref="Note"/> takes its attempts in.</summary>
    public Exchange Fork(ProviderSettings provider) =>
        Fork(provider, Directives, Aborted);

    /// <summary>A log book for work that others may wait for, too, and that may outlive the request.</summary>
    public Exchange Fork(CancellationToken aborted) => Fork(Served, Directives.OfAnswer(), aborted);

    private Exchange Fork(ProviderSettings? served, CallDirectives directives, CancellationToken aborted) => new(RequestId, Settings, time)
    {
        Operation = Operation,
        Surface = Surface,
        Call = Call,
        Provider = served?.Name ?? Provider,
        Served = served,
        Directives = directives,
        Aborted = aborted,
    };

    /// <summary>Takes in the attempts of a fork, which has ended.</summary>
    public void Note(Exchange fork) => _trail.AddRange(fork._trail);

    /// <summary>The client gets the answer of this fork, whose attempts are noted already.</summary>
    public void Adopt(Exchange fork)
    {
        Account = fork.Account;
        UpstreamRequestId = fork.UpstreamRequestId;
        UpstreamHeaders = fork.UpstreamHeaders;
        RawResponse = EchoResponse ? fork.RawResponse : null;
        Missing = fork.Missing;
    }
}
