namespace Gateway.Providers.Contract;

/// <summary>
/// The credential of one account; its scheme is shared by providers, the second plug-in axis. One that holds resources is <see cref="IDisposable"/>
/// and disposed when its account is gone. Safe for any number of requests at a time.
/// </summary>
public interface ICredential
{
    /// <summary>
    /// Puts the credential on a request. Runs last, when address, headers and body are final. Throws <see cref="CredentialException"/> when there is
    /// none to be had, for instance from a token service that is down.
    /// </summary>
    ValueTask SignAsync(SigningContext context, CancellationToken cancellationToken);
}

/// <summary>A request to be signed.</summary>
/// <param name="Request">The request as it will be sent.</param>
/// <param name="Account">Whose credential it shall carry.</param>
/// <param name="Endpoint">The address it goes to; null for the account's base address.</param>
public readonly record struct SigningContext(HttpRequestMessage Request, Account Account, UpstreamEndpoint? Endpoint);

/// <summary>What a credential is made from.</summary>
public sealed record CredentialContext
{
    /// <summary>The account, with its secrets, its key's options, and the place for what is learned.</summary>
    public required Account Account { get; init; }

    /// <summary>The clock of signatures and of the lifetimes of tokens.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>
    /// The way to token services: the provider's own connections, with its proxy and certificates. It follows no redirect, keeps no cookie, and is
    /// not to be disposed.
    /// </summary>
    public required HttpMessageHandler Http { get; init; }
}

/// <summary>No credential can be had for a request, which was therefore not sent.</summary>
/// <param name="error">What the client is told.</param>
/// <param name="inner">The cause.</param>
public sealed class CredentialException(GatewayError error, Exception? inner = null) : Exception(error.Message, inner)
{
    /// <summary>What the client is told.</summary>
    public GatewayError Error { get; } = error;
}
