namespace Gateway.Pipeline;

/// <summary>Who calls, as far as the gateway can tell: the credentials a request carries. Callers without credentials are one.</summary>
/// <param name="credentials">What the request says in each place where a credential may stand; empty where there is none.</param>
internal sealed class Caller(params string[] credentials)
{
    /// <summary>Whoever says nothing about himself.</summary>
    public static readonly Caller Anonymous = new();

    /// <summary>What makes two callers the same one. For hashing only.</summary>
    public IReadOnlyList<string> Credentials => credentials;
}
