using Gateway.Providers.Contract;

namespace Gateway.Providers.Translation;

/// <summary>Requests of a recipe, in which no answer ends the call.</summary>
internal static class UpstreamCalls
{
    /// <summary>The answer, whatever its status; throws <see cref="TranslationRefusedException"/> when there is none.</summary>
    public static async ValueTask<UpstreamResponse> AskAsync(this IUpstream upstream, UpstreamRequest request, CancellationToken cancellationToken) =>
        ((UpstreamResult.Answered)Unless(await upstream.SendAsync(request, cancellationToken))).Response;

    /// <summary>An answer that is read as it arrives, else one that is no success; throws when there is none.</summary>
    public static async ValueTask<(UpstreamResult.Opened? Opened, UpstreamResponse? Refusal)> TryOpenAsync(
        this IUpstream upstream, UpstreamRequest request, CancellationToken cancellationToken)
    {
        var result = Unless(await upstream.OpenAsync(request, cancellationToken));
        return (result as UpstreamResult.Opened, (result as UpstreamResult.Answered)?.Response);
    }

    private static UpstreamResult Unless(UpstreamResult result) =>
        result is UpstreamResult.Failed failed ? throw new TranslationRefusedException(failed.Error) : result;
}
