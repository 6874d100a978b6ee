using Gateway.Pipeline;
using Gateway.Providers.Contract;

namespace Gateway.Creates;

/// <summary>What makes two creates the same one.</summary>
/// <param name="Request">
/// Caller and everything that reaches the upstream: provider, body, query, the headers that travel, and those that choose an account. The same on
/// every surface.
/// </param>
/// <param name="Key">Caller and <c>Idempotency-Key</c>, within the instances that reach the provider; null when the request has none.</param>
/// <param name="Retry">The SDK's number of this retry; 0 for a first try.</param>
internal readonly record struct CreateIdentity(Digest Request, Digest? Key, int Retry)
{
    /// <summary>This process, for providers that other instances do not reach: what their keys made is not here.</summary>
    private static readonly string s_here = Guid.NewGuid().ToString();

    /// <summary>The identity of a create.</summary>
    public static CreateIdentity Of(Call call, CreateSteps steps)
    {
        using var hash = new FieldHash();
        var directives = steps.Exchange.Directives;
        Digest? key = null;
        if (directives.IdempotencyKey is { } text)
        {
            Add(hash, directives.Caller);
            hash.Add(text);
            hash.Add(steps.Provider.IsReachableFromElsewhere() ? "" : s_here);
            key = hash.End();
        }

        Add(hash, directives.Caller);
        hash.Add(call.Provider);
        hash.Add(((CallBody.NewContainer)call.Body).Json.Span);
        foreach (var (name, value) in call.Query)
        {
            hash.Add(name);
            hash.Add(value);
        }

        hash.Add(directives.Pin is { } pin ? $"{pin.IsId} {pin.Value}" : "");
        foreach (var (name, values) in directives.Forwarded)
        {
            hash.Add(name.ToLowerInvariant());
            hash.Add(values.ToString());
        }

        return new CreateIdentity(hash.End(), key, directives.RetryCount);
    }

    private static void Add(FieldHash hash, Caller caller)
    {
        foreach (var credential in caller.Credentials)
        {
            hash.Add(credential);
        }
    }
}
