namespace Gateway.Settings;

/// <summary>Finds the configuration: a file, or the document itself in the environment.</summary>
internal static class ConfigPath
{
    /// <summary>
    /// The variable that may hold the document. Stands for a path wherever one names the configuration; paths of files are absolute.
    /// </summary>
    public const string DocumentVariable = "GATEWAY_CONFIG_JSON";

    private const string Option = "--config";
    private const string Variable = "GATEWAY_CONFIG";
    private static readonly string s_default = System.IO.Path.Combine("config", "gateway.json");

    /// <summary>
    /// The absolute path of the file: <c>--config PATH</c>, else <c>GATEWAY_CONFIG</c>, else <see cref="DocumentVariable"/> itself when that is set,
    /// else <c>config/gateway.json</c> of the current directory, else the same beside the executable. Throws <see cref="ConfigurationException"/>
    /// when both variables are set, and naming the places when none of the last two exists. A path that was given is not checked here: reading it
    /// says more.
    /// </summary>
    public static string Resolve(string[] args, Func<string, string?> environment, string currentDirectory) =>
        Resolve(args, environment, currentDirectory, AppContext.BaseDirectory);

    /// <summary>The same, with the directory of the executable.</summary>
    public static string Resolve(string[] args, Func<string, string?> environment, string currentDirectory, string executableDirectory)
    {
        var named = environment(Variable) is { Length: > 0 } fromEnvironment ? fromEnvironment : null;
        var isInEnvironment = !string.IsNullOrWhiteSpace(environment(DocumentVariable));
        var option = FromArguments(args);
        if (option is null && named is not null && isInEnvironment)
        {
            throw new ConfigurationException($"{Variable} and {DocumentVariable} are both set; unset one of them.");
        }

        if ((option ?? named) is { } given)
        {
            return System.IO.Path.GetFullPath(given, currentDirectory);
        }

        if (isInEnvironment)
        {
            return DocumentVariable;
        }

        var places = new[] { currentDirectory, executableDirectory }.Select(directory => System.IO.Path.GetFullPath(s_default, directory)).ToArray();
        return places.FirstOrDefault(File.Exists) ?? throw new ConfigurationException(
            $"There is no configuration file: neither {string.Join(" nor ", places)} exists. Name one with {Option} PATH or {Variable}, or put the "
                + $"document into {DocumentVariable}.");
    }

    private static string? FromArguments(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var path = args[i] == Option ? args.ElementAtOrDefault(i + 1) ?? ""
                : args[i].StartsWith(Option + "=", StringComparison.Ordinal) ? args[i][(Option.Length + 1)..]
                : null;
            if (path is not null)
            {
                return path.Length > 0 ? path : throw new ConfigurationException($"{Option} must be followed by the path of a file.");
            }
        }

        return null;
    }
}
