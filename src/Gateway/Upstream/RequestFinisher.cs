using Gateway.Providers.Contract;
using Gateway.Telemetry;

namespace Gateway.Upstream;

/// <summary>
/// The last touches every upstream request gets, whichever way it is sent: configured headers, the client's forwarded ones, the credential.
/// </summary>
internal static class RequestFinisher
{
    private const string UserAgent = "gateway/1";

    public static ValueTask FinishAsync(
        HttpRequestMessage request, AttemptContext attempt, ICredential credential, CancellationToken cancellationToken)
    {
        var directives = attempt.Exchange.Directives;
        foreach (var (name, values) in directives.Forwarded)
        {
            foreach (var value in values)
            {
                request.Headers.TryAddWithoutValidation(name, value ?? "");
            }
        }

        foreach (var (name, value) in attempt.Request.Headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        foreach (var (name, value) in attempt.Provider.Network.ExtraHeaders)
        {
            if (!request.Headers.NonValidated.Contains(name))
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        if (!request.Headers.NonValidated.Contains("User-Agent"))
        {
            request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        }

        if (attempt.Provider.Network.PropagateTrace)
        {
            TracePropagator.Tell(request, directives.Trace);
        }

        return credential.SignAsync(new SigningContext(request, attempt.Account, attempt.Request.Endpoint), cancellationToken);
    }
}
