using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Gateway.Settings;

namespace Gateway.Hosting;

/// <summary>What <c>gateway doctor</c> says about <c>server.tls</c>. That the pair fits was found when it was read.</summary>
internal static class TlsChecks
{
    /// <summary>Expiry is told so long before.</summary>
    private static readonly TimeSpan s_notice = TimeSpan.FromDays(14);

    public static async Task<IReadOnlyList<Finding>> RunAsync(TlsSettings settings, DateTimeOffset now)
    {
        try
        {
            await TlsTrial.RunAsync(settings, CancellationToken.None);
        }
        catch (ConfigurationException refused)
        {
            return [new("tls", false, refused.Message)];
        }

        var identity = new TlsIdentity(settings);
        return
        [
            new("tls", true, "a handshake with the certificate succeeds"),
            .. identity.Chain.Select(certificate => Dates("tls certificate", certificate, now)),
            .. identity.Roots.Select(root => Dates("tls client_ca", root, now)),
        ];
    }

    private static Finding Dates(string what, X509Certificate2 certificate, DateTimeOffset now)
    {
        var (from, until) = (new DateTimeOffset(certificate.NotBefore), new DateTimeOffset(certificate.NotAfter));
        var subject = certificate.Subject;
        return until < now ? new(what, false, $"{subject} expired at {Text(until)}")
            : from > now ? new(what, false, $"{subject} is not valid before {Text(from)}")
            : until - now < s_notice ? new("warning", true, $"{what}: {subject} expires soon, at {Text(until)}")
            : new(what, true, $"{subject} expires at {Text(until)}");
    }

    private static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
