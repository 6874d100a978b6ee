namespace Gateway.Hosting;

/// <summary>What may stand behind the program's name. A misspelt command must not start a gateway, nor a misspelt option be overlooked.</summary>
internal static class CommandLine
{
    /// <summary>sysexits.h EX_USAGE.</summary>
    private const int WrongUsage = 64;

    private const string Usage = """
        usage: Gateway [doctor] [--config PATH]

          (nothing)      serves the Containers API
          doctor         checks configuration, secrets, stores and upstreams, and prints what it finds
          --config PATH  the configuration file; else GATEWAY_CONFIG, else config/gateway.json

        environment: GATEWAY_CONFIG, ASPNETCORE_URLS, GATEWAY_ADMIN_URLS, GATEWAY_DATA_DIRECTORY
        """;

    /// <summary>The exit code of a call for help or of one that cannot be understood; null to go on.</summary>
    public static int? Stop(string[] args, TextWriter output, TextWriter errors)
    {
        if (args.Any(arg => arg is "--help" or "-h" or "help"))
        {
            output.WriteLine(Usage);
            return 0;
        }

        if (Unknown(args) is { } unknown)
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
