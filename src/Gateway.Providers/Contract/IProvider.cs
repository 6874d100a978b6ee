namespace Gateway.Providers.Contract;

/// <summary>
/// A configured provider. Planning is pure and synchronous; it says what to do and does nothing. A provider that owns resources (the built-in
/// <c>local</c>) also implements <see cref="IAsyncDisposable"/>.
/// </summary>
public interface IProvider
{
    /// <summary>What to do for a call; <see cref="Plan.Unsupported"/> for an operation that is not in the provider's table.</summary>
    Plan Plan(Call call);

    /// <summary>
    /// What an answer that is no 2xx says: whose fault it is and whether the same request may succeed later; null when it is no failure. Asked once
    /// for each answer, before anything is repeated: retries, the account's health and the client's error all follow from it. Pure.
    /// </summary>
    /// <param name="response">The answer.</param>
    /// <param name="operation">What the client asked for; null for work of the gateway's own.</param>
    GatewayError? Classify(UpstreamResponse response, Operation? operation);
}
