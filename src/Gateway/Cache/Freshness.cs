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
        var members = new MemberReader(list);
        while (members.Next())
        {
            if (!members.NameIs("data"u8) || !members.EnterArray())
            {
                continue;
            }

            while (members.Next())
            {
                var due = members.EnterObject() ? DueOf(ref members) : null;
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
    /// When the container expires if nobody uses it, in Unix seconds; null for one that has expired, or never does. Ends behind its members.
    /// </summary>
    private static double? DueOf(ref MemberReader container)
    {
        double? created = null, active = null, minutes = null;
        var hasExpired = false;
        while (container.Next())
        {
            if (container.NameIs("status"u8))
            {
                hasExpired = container.TextIs("expired"u8) || container.TextIs("deleted"u8);
            }
            else if (container.NameIs("created_at"u8))
            {
                created = container.Number;
            }
            else if (container.NameIs("last_active_at"u8))
            {
                active = container.Number;
            }
            else if (container.NameIs("expires_after"u8))
            {
                minutes = container.EnterObject() ? MinutesOf(ref container) : null;
            }
        }

        return hasExpired ? null : (active ?? created) + (minutes * 60);
    }

    private static double? MinutesOf(ref MemberReader expiry)
    {
        double? minutes = null;
        while (expiry.Next())
        {
            minutes = expiry.NameIs("minutes"u8) ? expiry.Number : minutes;
        }

        return minutes;
    }
}
