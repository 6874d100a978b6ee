using Gateway.Telemetry;

namespace Gateway.Hosting;

/// <summary>What may stand behind the program's name. A misspelt command must not start a gateway, nor a misspelt option be overlooked.</summary>
internal static class CommandLine
{
    /// <summary>sysexits.h EX_USAGE.</summary>
    private const int WrongUsage = 64;

    private const string Usage = """
        usage: Gateway [doctor] [--config PATH] [--version]
               Gateway ledger adopt ID… --tenant TENANT [--provider NAME] [--config PATH]
               Gateway keys new [--name NAME]

          (nothing)      serves the Containers API
          ledger adopt   gives containers to a tenant: their ids, or - for ids on lines of the input, --tenant TENANT (team:ID, customer:ID or
                         key:ID), and --provider NAME where the ledger does not know it; gateways that run know it within seconds
          doctor         checks configuration, secrets, stores and upstreams, and prints what it finds
          keys new       prints a new client key, and what to write into the configuration for it
          --config PATH  the configuration file; else GATEWAY_CONFIG (a path) or GATEWAY_CONFIG_JSON (the document itself), else config/gateway.json
          --version      prints the version

        environment: GATEWAY_CONFIG, GATEWAY_CONFIG_JSON, ASPNETCORE_URLS, GATEWAY_ADMIN_URLS, GATEWAY_DATA_DIRECTORY,
                     GATEWAY_DRAIN_DELAY_SECONDS, GATEWAY_CLIENT_KEY, GATEWAY_ADMIN_TOKEN, OTEL_*
        exit codes: 0 after a stop, 1 a finding of doctor or a container not adopted, 64 a wrong call,
                    78 a configuration, port or directory that cannot be used
        """;

    /// <summary>The exit code of a call for help or the version, or of one that cannot be understood; null to go on.</summary>
    public static int? Stop(string[] args, TextWriter output, TextWriter errors)
    {
        if (args.Any(arg => arg is "--help" or "-h" or "help"))
        {
            output.WriteLine(Usage);
            return 0;
        }

        if (args.Contains("--version"))
        {
            output.WriteLine(StateMetrics.Version);
            return 0;
        }

        if (args is ["keys", .. var command] && KeysCommand.Run(command, output) is { } done)
        {
            return done;
        }

        if ((args is ["ledger", ..] ? LedgerCommand.Unknown(args) : Unknown(args)) is { } unknown)
        {
            errors.WriteLine($"unknown argument: {unknown}\n{Usage}");
            return WrongUsage;
        }

        return null;
    }

    private static string? Unknown(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--config")
            {
                i++;
            }
            else if (!(args[i] == "doctor" && i == 0) && !args[i].StartsWith("--config=", StringComparison.Ordinal))
            {
                return args[i];
            }
        }

        return null;
    }
}
