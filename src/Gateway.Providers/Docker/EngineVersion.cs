using System.Globalization;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>Which version of the API to speak: the one this dialect was made for, or the nearest the engine has.</summary>
internal sealed class EngineVersion(string provider, DockerOptions options, TimeProvider time)
{
    private static readonly Version s_preferred = new(1, 41);

    /// <summary>How long an answer is believed; an engine may be replaced by another.</summary>
    private static readonly TimeSpan s_validity = TimeSpan.FromMinutes(1);

    /// <summary>Below it an engine lacks what containers are kept in with.</summary>
    private static readonly Version s_oldest = new(1, 25);

    private volatile Known? _known;

    /// <summary>The engine, spoken to in a version it knows.</summary>
    public async ValueTask<EngineClient> ConnectAsync(IUpstream upstream, CancellationToken cancellationToken)
    {
        upstream = EngineUpstream.Of(upstream);
        if (_known is { } known && time.GetElapsedTime(known.Since) < s_validity)
        {
            return new EngineClient(upstream, known.Version, options, provider);
        }

        var request = new UpstreamRequest { Method = "GET", Target = RequestTarget.Of("version"), Idempotency = Idempotency.Safe };
        var answer = await upstream.AskAsync(request, cancellationToken);
        var (newest, oldest) = EngineJson.Versions(EngineErrors.Checked(answer).Body);
        _known = new Known(Choose(newest, oldest), time.GetTimestamp());
        return new EngineClient(upstream, _known.Version, options, provider);
    }

    /// <summary>The version to speak; throws when there is none in common.</summary>
    public static string Choose(string newest, string oldest)
    {
        if (!Version.TryParse(newest, out var high))
        {
            throw EngineErrors.Unreadable();
        }

        var low = Version.TryParse(oldest, out var given) ? given : s_oldest;
        var chosen = s_preferred > high ? high : s_preferred < low ? low : s_preferred;
        return chosen >= s_oldest
            ? string.Create(CultureInfo.InvariantCulture, $"{chosen.Major}.{chosen.Minor}")
            : throw new TranslationRefusedException(
                GatewayError.BadUpstream($"the container engine is too old: it speaks API version {newest}, {s_oldest} is needed"));
    }

    private sealed record Known(string Version, long Since);
}
