namespace Gateway.Telemetry;

/// <summary>Label and attribute names, in one place. No id, path or free text is ever the value of a metric label.</summary>
internal static class Tags
{
    public const string Operation = "operation";
    public const string Provider = "provider";
    public const string Outcome = "outcome";
    public const string Key = "key";
    public const string Reason = "reason";
    public const string ErrorType = "error.type";
    public const string StatusClass = "status_class";
    public const string Attempt = "attempt";
}
