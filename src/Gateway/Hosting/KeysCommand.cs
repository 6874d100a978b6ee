using Gateway.Settings;

namespace Gateway.Hosting;

/// <summary><c>gateway keys new</c>: a new client key, and how to make it known. It is kept nowhere.</summary>
internal static class KeysCommand
{
    private const string DefaultName = "client";

    /// <summary>Prints the key in the first line, so that a script can take it, and what belongs into the file behind it; the exit code.</summary>
    /// <param name="args">What stands behind <c>keys</c>.</param>
    /// <param name="output">Where it goes.</param>
    /// <returns>Null for a call that cannot be understood.</returns>
    public static int? Run(string[] args, TextWriter output)
    {
        var name = args switch
        {
            ["new"] => DefaultName,
            ["new", "--name", var given] => given,
            ["new", var option] when option.StartsWith("--name=", StringComparison.Ordinal) => option["--name=".Length..],
            _ => null,
        };
        if (name is null || name.Length is 0 or > 128 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            return null;
        }

        var variable = $"GATEWAY_KEY_{string.Concat(name.ToUpperInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'))}";
        output.WriteLine(ClientSecret.New());
        output.WriteLine($$"""

            Give it to the client, as its API key, and to the gateway as the environment variable {{variable}}. In the configuration:

              "governance": {
                "virtual_keys": [
                  { "name": "{{name}}", "value": "env.{{variable}}", "provider_configs": [ { "provider": "*" } ] }
                ]
              }

            Without such a section the variable {{KeysReader.KeyVariable}} makes it the only key, for everything.
            """);
        return 0;
    }
}
