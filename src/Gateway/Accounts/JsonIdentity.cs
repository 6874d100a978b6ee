using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Gateway.Providers.Json;

namespace Gateway.Accounts;

/// <summary>Reads the two members of an object that the ledger keeps.</summary>
internal static class JsonIdentity
{
    /// <summary>True when the object has an id; the creation time is 0 when it has none that is an integer.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out string? id, out long createdAt)
    {
        var members = new MemberReader(json);
        (id, var seconds) = Read(ref members);
        createdAt = seconds ?? 0;
        return id is not null && members.TryEnd(out _);
    }

    /// <summary>Reads the object that was entered, to its end.</summary>
    public static (string? Id, long? CreatedAt) Read(ref MemberReader members)
    {
        string? id = null;
        long? createdAt = null;
        while (members.Next())
        {
            if (members.NameIs("id"u8) && members.Type == JsonTokenType.String)
            {
                id = members.Text;
            }
            else if (members.NameIs("created_at"u8) && members.Number is { } seconds)
            {
                createdAt = (long)seconds;
            }
        }

        return (id, createdAt);
    }
}
