using System.Globalization;
using Gateway.Cache;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api;

/// <summary>Reads what a list call wants of the cache.</summary>
internal static class CacheDirectivesReader
{
    /// <summary>Bifrost's header for the time an answer may be kept: seconds, or a Go duration such as <c>1m30s</c>; 0 for not at all.</summary>
    public const string TtlHeader = "x-bf-cache-ttl";

    /// <summary>Bifrost's header that keeps the answer out of the cache.</summary>
    public const string NoStoreHeader = "x-bf-cache-no-store";

    /// <summary>Reads the headers; an unknown directive of <c>Cache-Control</c> means nothing (RFC 9111 §5.2.3).</summary>
    public static GatewayError? Read(IHeaderDictionary headers, out CacheDirectives directives)
    {
        directives = CacheDirectives.None;
        if (headers.CacheControl.Count > 0 && CacheControlHeaderValue.TryParse(headers.CacheControl.ToString(), out var control))
        {
            directives = directives with
            {
                NoStore = control.NoStore, Refresh = control.NoCache || control.MaxAge == TimeSpan.Zero, MaxAge = control.MaxAge,
            };
        }

        if (headers.TryGetValue(NoStoreHeader, out var noStore))
        {
            if (!bool.TryParse(noStore, out var value))
            {
                return GatewayError.Invalid($"{NoStoreHeader} must be true or false", NoStoreHeader, "invalid_value");
            }

            directives = directives with { NoStore = directives.NoStore || value };
        }

        if (headers.TryGetValue(TtlHeader, out var text))
        {
            if (ReadTtl(text.ToString()) is not { } ttl)
            {
                return GatewayError.Invalid($"{TtlHeader} must be a number of seconds or a duration such as 1m30s", TtlHeader, "invalid_value");
            }

            directives = directives with { Ttl = ttl, NoStore = directives.NoStore || ttl == TimeSpan.Zero };
        }

        return null;
    }

    private static TimeSpan? ReadTtl(string text)
    {
        var milliseconds = uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? seconds * 1000d
            : GoDuration.Milliseconds(text);
        return milliseconds is { } value ? TimeSpan.FromMilliseconds(Math.Min(value, CacheDirectives.MaxTtl.TotalMilliseconds)) : null;
    }
}
