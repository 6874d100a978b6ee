namespace Gateway.Providers.Contract;

/// <summary>A credential scheme, shared by providers; the second plug-in axis. Runs last, when path, query and body are final.</summary>
public interface ICredential
{
    /// <summary>Puts the account's credential on the request.</summary>
    ValueTask SignAsync(HttpRequestMessage request, Account account, CancellationToken cancellationToken);
}
