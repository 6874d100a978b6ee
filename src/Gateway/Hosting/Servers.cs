using Gateway.Settings;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Hosting;

/// <summary>
/// The public and the admin server, with the same pipeline. Kestrel closes all its listeners at once; two of it let the admin listener say "draining"
/// until the last call has ended, and the public one serve on while load balancers hear of it.
/// </summary>
internal sealed class Servers(IServer open, IServer admin, ListenerAddresses addresses, ServerSettings settings, TimeProvider time) : IServer
{
    public IFeatureCollection Features => open.Features;

    public async Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        if (settings.Tls is { } tls)
        {
            await TlsTrial.RunAsync(tls, cancellationToken);
        }

        var requests = new KnownScheme<TContext>(application);
        await admin.StartAsync(requests, cancellationToken);
        await open.StartAsync(requests, cancellationToken);
        addresses.Set(open, admin);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(settings.DrainDelay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await open.StopAsync(cancellationToken);
        }
        finally
        {
            await admin.StopAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        open.Dispose();
        admin.Dispose();
    }
}
