using System.Globalization;
using Gateway.Providers.Contract;
using Gateway.Upstream;

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
    /// <summary>Name of the header.</summary>
    public const string KeyHeader = "Idempotency-Key";

    /// <summary>OpenAI's SDKs count their retries in it, from 0.</summary>
    private const string RetryHeader = "x-stainless-retry-count";

    /// <summary>This process, for providers that other instances do not reach: what their keys made is not here.</summary>
    private static readonly string s_here = Guid.NewGuid().ToString();

    /// <summary>The identity of a create.</summary>
    public static CreateIdentity Of(Call call, CreateSteps steps)
    {
        using var hash = new FieldHash();
        var headers = steps.Http.Request.Headers;
        Digest? key = null;
        if (headers[KeyHeader].ToString() is { Length: > 0 } text)
        {
            Caller.AddTo(hash, headers);
            hash.Add(text);
            hash.Add(steps.Provider.IsReachableFromElsewhere() ? "" : s_here);
            key = hash.End();
        }

        Caller.AddTo(hash, headers);
        hash.Add(call.Provider);
        hash.Add(((CallBody.NewContainer)call.Body).Json.Span);
        foreach (var (name, value) in call.Query)
        {
            hash.Add(name);
            hash.Add(value);
        }

        foreach (var (name, values) in HeaderRules.OfAnswer(headers, steps.Exchange.Settings.Client))
        {
            hash.Add(name.ToLowerInvariant());
            hash.Add(values.ToString());
        }

        return new CreateIdentity(hash.End(), key, RetryOf(headers));
    }

    private static int RetryOf(IHeaderDictionary headers) =>
        int.TryParse(headers[RetryHeader].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var retry) ? retry : 0;
}
