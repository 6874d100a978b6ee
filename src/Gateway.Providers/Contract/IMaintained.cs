namespace Gateway.Providers.Contract;

/// <summary>
/// A provider with work that no call asks for, such as removing what has expired. Every instance of the gateway does it on its own; the provider
/// makes sure that any number of them may.
/// </summary>
public interface IMaintained
{
    /// <summary>Pause between two rounds, at least one second.</summary>
    TimeSpan MaintenanceInterval { get; }

    /// <summary>One round. It never throws for what the upstream does; what could not be done is done by a later round.</summary>
    ValueTask MaintainAsync(IUpstream upstream, CancellationToken cancellationToken);
}
