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
}
