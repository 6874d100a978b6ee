using Gateway.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Gateway.Hosting;

/// <summary>TLS of the listeners, by the settings in force: a handshake shows the certificate of its moment, and connections live on.</summary>
internal sealed class ServerTls(SettingsSource source)
{
    private volatile TlsIdentity? _identity;

    /// <summary>What handshakes show now; null without TLS.</summary>
    public TlsIdentity? Identity
    {
        get
        {
            var settings = source.Current.Server.Tls;
            if (settings is null || settings == _identity?.Settings)
            {
                return settings is null ? null : _identity;
            }

            // Made twice by two at once, one of them for nothing.
            return _identity = new TlsIdentity(settings);
        }
    }

    /// <summary>Puts it in front of a listener.</summary>
    public void Use(ListenOptions listener) => listener.UseHttps(new TlsHandshakeCallbackOptions
    {
        OnConnection = _ => ValueTask.FromResult(Identity!.Options()),
    });
}
