using System.Net.Sockets;
using Gateway.Providers;
using Gateway.Settings;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Hosting;

/// <summary>Failures of a start that an operator has to deal with: told in a line, since a stack trace would only hide what.</summary>
internal static class StartFailure
{
    /// <summary>sysexits.h EX_CONFIG.</summary>
    public const int ExitCode = 78;

    /// <summary>What to tell; null for a defect.</summary>
    public static string? Reason(Exception failure) => failure switch
    {
        ConfigurationException or ProviderStartException => failure.Message,

        // An address in use is wrapped by Kestrel with its name; a name with several addresses wraps what went wrong with each.
        IOException { InnerException: AddressInUseException or AggregateException } => failure.Message,
        SocketException refused => $"server.urls or server.admin_urls cannot be listened on: {refused.Message}",
        _ => null,
    };

    /// <summary>Whether a log entry only repeats, with a stack, what the process says with its last line.</summary>
    public static bool IsTold(string category, Exception failure) =>
        category is "Microsoft.Extensions.Hosting.Internal.Host" or "Microsoft.AspNetCore.Server.Kestrel" && Reason(failure) is not null;
}
