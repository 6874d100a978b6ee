using Gateway.Providers.Contract;

namespace Gateway.Settings;

/// <summary><c>server.tls</c>: what the files held when they were read, checked to belong together. Equal when a handshake would be.</summary>
internal sealed record TlsSettings
{
    /// <summary>The certificate in PEM, and behind it those between it and its root.</summary>
    public required string CertificatePem { get; init; }

    /// <summary>Its private key in PEM, not encrypted.</summary>
    public required Secret KeyPem { get; init; }

    /// <summary>Roots in PEM, one of which must have issued a client's certificate; null when clients need none.</summary>
    public string? ClientCaPem { get; init; }
}
