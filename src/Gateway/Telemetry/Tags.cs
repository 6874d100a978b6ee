using System.Diagnostics;
using Gateway.Settings;

namespace Gateway.Telemetry;

/// <summary>Label names of metrics, in one place. No id, path or free text is ever the value of a label.</summary>
internal static class Tags
{
    public const string Operation = "operation";
    public const string Provider = "provider";
    public const string Outcome = "outcome";
    public const string Key = "key";
    public const string Reason = "reason";
    public const string Result = "result";
    public const string Direction = "direction";
    public const string Store = "store";
    public const string Engine = "engine";
    public const string ErrorType = "error.type";
    public const string StatusClass = "status_class";
    public const string Attempt = "attempt";
    public const string VirtualKeyName = "virtual_key_name";
    public const string Team = "team";

    /// <summary>Adds the names of a client key and of its team; nothing where there is none.</summary>
    public static void AddClient(ref TagList tags, ClientKey? key)
    {
        if (key is null)
        {
            return;
        }

        tags.Add(VirtualKeyName, key.Name);
        if (key.Team is { } team)
        {
            tags.Add(Team, team.Name);
        }
    }
}
