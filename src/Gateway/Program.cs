using Gateway.Hosting;
using Gateway.Settings;

string? path = null;
try
{
    if (CommandLine.Stop(args, Console.Out, Console.Error) is { } code)
    {
        return code;
    }

    path = ConfigPath.Resolve(args, Environment.GetEnvironmentVariable, Directory.GetCurrentDirectory());
    if (args is ["doctor", ..])
    {
        return await Doctor.RunAsync(path, Environment.GetEnvironmentVariable, Directory.GetCurrentDirectory(), Console.Out);
    }

    var settings = SettingsReader.Read(path, Environment.GetEnvironmentVariable, Directory.GetCurrentDirectory());
    if (args is ["ledger", ..])
    {
        return await LedgerCommand.RunAsync(args, settings, Console.In, Console.Out, Console.Error);
    }

    await using var app = GatewayHost.Build(settings, TimeProvider.System);
    await app.RunAsync();
    return 0;
}
catch (Exception exception) when (StartFailure.Reason(exception) is not null)
{
    var heading = exception is ConfigurationException { Problems.IsEmpty: false } ? $"{path} cannot be used:\n" : "";
    await Console.Error.WriteLineAsync(heading + StartFailure.Reason(exception));
    return StartFailure.ExitCode;
}
