using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Gateway.Access;

/// <summary>
/// Whether the identity provider has said which keys it signs with. Asked when the first token comes, and again until it has answered once; from then
/// on its answer is kept and renewed behind the calls.
/// </summary>
internal sealed class IdentityProvider(TimeProvider time)
{
    /// <summary>Longest time that a call waits for it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>After a failure it is not asked for so long, so that a flood of tokens is no flood of requests, and nobody waits in a row.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);

    private volatile bool _isKnown;
    private long _failedAt;

    /// <summary>Whether tokens can be checked.</summary>
    public async ValueTask<bool> IsKnownAsync(IConfigurationManager<OpenIdConnectConfiguration> source)
    {
        if (_isKnown)
        {
            return true;
        }

        var failedAt = Interlocked.Read(ref _failedAt);
        if (failedAt != 0 && time.GetElapsedTime(failedAt) < s_pause)
        {
            return false;
        }

        try
        {
            var configuration = await source.GetConfigurationAsync(CancellationToken.None).WaitAsync(Patience, time);
            _isKnown = configuration.SigningKeys.Count > 0;
        }
#pragma warning disable CA1031 // Whatever it answers that is no answer, tokens cannot be checked.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Told as such.
        }

        if (!_isKnown)
        {
            Interlocked.Exchange(ref _failedAt, time.GetTimestamp());
        }

        return _isKnown;
    }
}
