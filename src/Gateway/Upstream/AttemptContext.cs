using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Upstream;

/// <summary>Where an answer goes.</summary>
internal enum Delivery
{
    /// <summary>A streamed success goes to the client, anything else is collected.</summary>
    StreamToClient,

    /// <summary>It is collected.</summary>
    Buffer,

    /// <summary>A success is handed over unread, anything else is collected.</summary>
    Open,
}

/// <summary>Everything one attempt needs.</summary>
internal sealed record AttemptContext(
    UpstreamRequest Request, Account Account, ProviderSettings Provider, Exchange Exchange, Deadline Deadline)
{
    /// <summary>Where the answer goes.</summary>
    public Delivery Delivery { get; init; }

    /// <summary>What must not be told of the answer.</summary>
    public SecretMask Secrets => ProviderSecrets.Of(Provider);

    /// <summary>Address of the request: the account's base, the request's path and query, the account's own parameters.</summary>
    public Uri Address { get; } = AddressOf(Request.Target, Account.PrefixFor(Request.Endpoint), Account);

    /// <summary>Targets are encoded by construction; canonicalising them again could only change what was meant.</summary>
    private static readonly UriCreationOptions s_asWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private static Uri AddressOf(RequestTarget target, string prefix, Account account)
    {
        if (target.Query.IsEmpty && account.Query.IsEmpty)
        {
            return new Uri(prefix + target.Path, s_asWritten);
        }

        var text = new System.Text.StringBuilder(prefix).Append(target.Path);
        var separator = '?';
        foreach (var (name, value) in target.Query.AddRange(account.Query))
        {
            text.Append(separator).Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }

        return new Uri(text.ToString(), s_asWritten);
    }
}

/// <summary>How one attempt ended, and what the attempt loop needs to know of it.</summary>
/// <param name="Result">What a provider or recipe sees.</param>
/// <param name="Outcome">What repeating depends on.</param>
/// <param name="Label">Low-cardinality outcome for metrics and the trail.</param>
/// <param name="Status">The upstream's status, or null.</param>
/// <param name="RetryAfter">The wait it asked for, or null.</param>
/// <param name="CanResend">False once a streaming request body has been read from, or the response has started.</param>
internal sealed record AttemptResult(
    UpstreamResult Result, AttemptOutcome Outcome, string Label, int? Status = null, TimeSpan? RetryAfter = null, bool CanResend = true)
{
    /// <summary>An answer, as its provider has classified it.</summary>
    public static AttemptResult Of(UpstreamResponse answer, bool canResend)
    {
        var (outcome, label) = answer.Error switch
        {
            null => (AttemptOutcome.None, "ok"),
            { Kind: ErrorKind.Quota } => (AttemptOutcome.Throttled, "throttled"),
            { Kind: ErrorKind.Credential } => (AttemptOutcome.Credential, "credential"),
            { Kind: ErrorKind.Permission } => (AttemptOutcome.Forbidden, "credential"),
            { Kind: ErrorKind.NotFound } => (AttemptOutcome.None, "not_found"),

            // What is answered as the client's own fault (408: its body was too slow) says nothing about the account.
            { Status: < 500 } => (AttemptOutcome.None, "refused"),
            { Kind: ErrorKind.Upstream or ErrorKind.Deadline or ErrorKind.Capacity, Retryable: not false } =>
                (AttemptOutcome.Overloaded, "server_error"),
            { Kind: ErrorKind.Upstream or ErrorKind.Deadline or ErrorKind.Capacity } => (AttemptOutcome.None, "server_error"),
            _ => (AttemptOutcome.None, "refused"),
        };
        return new AttemptResult(new UpstreamResult.Answered(answer), outcome, label, answer.Status, answer.RetryAfter, canResend);
    }

    /// <summary>Nothing was sent, since the account's upstream has answered 429 and asked to wait.</summary>
    public static AttemptResult Held(string provider, Account account, TimeSpan wait) => new(
        new UpstreamResult.Failed(new GatewayError
        {
            Kind = ErrorKind.Quota,
            Status = 429,
            Type = "rate_limit_error",
            Code = "rate_limit_exceeded",
            Message = $"provider {provider} has asked to wait: "
                + $"it takes no call of this kind for another {Math.Ceiling(wait.TotalSeconds)} s",
            RetryAfter = wait,
        }),
        AttemptOutcome.Throttled, "throttled", RetryAfter: wait);

    public static AttemptResult Of(TransportFailure fault, bool canResend) =>
        new(new UpstreamResult.Failed(fault.Error), fault.Outcome, fault.Label, CanResend: canResend);
}
