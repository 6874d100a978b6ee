using System.Collections.Immutable;

namespace Gateway.Creates;

/// <summary>
/// Who calls, as far as the gateway can tell: the credentials a request carries. Only hashes of it are kept. Callers without credentials are one.
/// </summary>
internal static class Caller
{
    private static readonly ImmutableArray<string> s_credentials = ["Authorization", "x-api-key", "api-key", "x-bf-vk", "x-goog-api-key"];

    /// <summary>Adds the caller to a hash.</summary>
    public static void AddTo(FieldHash hash, IHeaderDictionary headers)
    {
        foreach (var name in s_credentials)
        {
            hash.Add(headers[name].ToString());
        }
    }
}
