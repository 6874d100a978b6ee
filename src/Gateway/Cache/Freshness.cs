using System.Text.Json;
using Gateway.Providers.Contract;
using Gateway.Providers.Json;

namespace Gateway.Cache;

/// <summary>How long a list stays true when nobody writes: containers expire by themselves.</summary>
internal static class Freshness
{
    /// <summary>The shortest <c>expires_after</c> there is. Listing files is use, so their container lives that long at least.</summary>
    private static readonly TimeSpan s_shortest = TimeSpan.FromMinutes(1);

    /// <summary>How long a container that is past its time is believed to run.</summary>
    private static readonly TimeSpan s_overdue = TimeSpan.FromSeconds(1);

    /// <summary>A container that still runs so long past its time belongs to a provider that counts otherwise.</summary>
    private static readonly TimeSpan s_otherCount = TimeSpan.FromMinutes(10);

    /// <summary>The first moment at which the list may be wrong.</summary>
    /// <param name="list">A valid list.</param>
    /// <param name="operation">Whose answer it is.</param>
    /// <param name="now">When it was given.</param>
    public static DateTimeOffset EndOf(ReadOnlySpan<byte> list, Operation operation, DateTimeOffset now)
    {
        if (operation != Operation.ContainerList)
        {
            return now + s_shortest;
        }

        var end = DateTimeOffset.MaxValue;
        var reader = new Utf8JsonReader(list, new JsonReaderOptions { MaxDepth = JsonMembers.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isData = reader.Is("data"u8);
            reader.Read();
            if (!isData || reader.TokenType != JsonTokenType.StartArray)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var due = reader.TokenType == JsonTokenType.StartObject ? DueOf(ref reader) : null;
                if (due is { } seconds && EndOf(seconds, now) is var own && own < end)
                {
                    end = own;
                }
            }
        }

        return end;
    }

    private static DateTimeOffset EndOf(double dueSeconds, DateTimeOffset now)
    {
        var left = dueSeconds - (now.ToUnixTimeMilliseconds() / 1000.0);
        return left > TimeSpan.FromDays(365).TotalSeconds || left < -s_otherCount.TotalSeconds ? DateTimeOffset.MaxValue
            : left > 0 ? now + TimeSpan.FromSeconds(left)
            : now + s_overdue;
    }

    /// <summary>
    /// When the container expires if nobody uses it, in Unix seconds; null for one that has expired, or never does. Ends on its closing brace.
    /// </summary>
    private static double? DueOf(ref Utf8JsonReader reader)
    {
        double? created = null, active = null, minutes = null;
        var hasExpired = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("status"u8))
            {
                reader.Read();
                hasExpired = reader.TokenType == JsonTokenType.String && (reader.Is("expired"u8) || reader.Is("deleted"u8));
            }
            else if (reader.Is("created_at"u8))
            {
                created = Number(ref reader);
            }
            else if (reader.Is("last_active_at"u8))
            {
                active = Number(ref reader);
            }
            else if (reader.Is("expires_after"u8))
            {
                reader.Read();
                minutes = reader.TokenType == JsonTokenType.StartObject ? MinutesOf(ref reader) : null;
            }
            else
            {
                reader.Read();
            }

            reader.Skip();
        }

        return hasExpired ? null : (active ?? created) + (minutes * 60);
    }

    private static double? MinutesOf(ref Utf8JsonReader reader)
    {
        double? minutes = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("minutes"u8))
            {
                minutes = Number(ref reader);
            }
            else
            {
                reader.Read();
            }

            reader.Skip();
        }

        return minutes;
    }

    private static double? Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var value) ? value : null;
    }
}
