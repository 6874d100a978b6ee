namespace Gateway.Providers.Contract;

/// <summary>How an account is reached when plain TCP and the system's trust do not do.</summary>
public sealed record AccountTransport
{
    /// <summary>
    /// Path of the unix socket that answers for the account's base address, or null for TCP. The base address still names host and scheme of the
    /// requests; two accounts of a provider with different sockets need different hosts.
    /// </summary>
    public string? UnixSocketPath { get; init; }

    /// <summary>Certificates for TLS, or null for the system's trust and no client certificate.</summary>
    public AccountTls? Tls { get; init; }
}

/// <summary>Certificates of one account, as PEM texts.</summary>
/// <param name="CaPem">Authorities to trust instead of the system's, or null.</param>
/// <param name="CertificatePem">The client's certificate with its chain, or null for none.</param>
/// <param name="KeyPem">The certificate's private key.</param>
public sealed record AccountTls(string? CaPem, string? CertificatePem, Secret KeyPem);
