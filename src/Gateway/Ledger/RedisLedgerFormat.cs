using System.Buffers;
using System.Text.Json;
using StackExchange.Redis;

namespace Gateway.Ledger;

/// <summary>Keys and values of the ledger in Redis. A value is a JSON array: version, touched, created, deleted, account, null. The
/// owner has a field of its own, so that it is set once, by whoever comes first.</summary>
internal static class RedisLedgerFormat
{
    private const int Version = 1;
    private const string OwnerPrefix = "\u0001owner:";

    /// <summary>Key of the hash of an id; its fields are providers.</summary>
    public static RedisKey EntryKey(string id) => $"gateway:ledger:{id}";

    /// <summary>Field of an id's hash that names the owner at a provider; no provider's name begins so.</summary>
    public static string OwnerField(string provider) => OwnerPrefix + provider;

    /// <summary>Key of the hash of what was given to tenants; a field is provider and id, its value the tenant.</summary>
    public static RedisKey AdoptedKey => "gateway:ledger-adopted";

    /// <summary>Key of the number of adoptions.</summary>
    public static RedisKey AdoptionsKey => "gateway:ledger-adoptions";

    /// <summary>Field of an adoption.</summary>
    public static string AdoptedField(string provider, string id) => $"{id}\n{provider}";

    /// <summary>The rows of an id's hash.</summary>
    public static IEnumerable<LedgerRow> Read(string id, HashEntry[] fields)
    {
        foreach (var field in fields)
        {
            string provider = field.Name!;
            if (!provider.StartsWith(OwnerPrefix, StringComparison.Ordinal)
                && Read(id, provider, field.Value, fields.FirstOrDefault(other => other.Name == OwnerField(provider)).Value) is { } row)
            {
                yield return row;
            }
        }
    }

    /// <summary>Key of the sorted set of an account's ids.</summary>
    public static RedisKey IndexKey(string provider, string account) =>
        $"gateway:ledger-index:{Uri.EscapeDataString(provider)}:{Uri.EscapeDataString(account)}";

    /// <summary>The value of a row.</summary>
    public static RedisValue Write(LedgerRow row)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            json.WriteNumberValue(Version);
            json.WriteNumberValue(row.TouchedAtMs);
            json.WriteNumberValue(row.Entry.CreatedAt);
            json.WriteNumberValue(row.DeletedAtMs);
            json.WriteStringValue(row.Entry.Account);
            json.WriteNullValue();
            json.WriteEndArray();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>The row of a value, or null when there is none or it is not of this version.</summary>
    /// <param name="id">The id.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="value">The value.</param>
    /// <param name="owner">The value of <see cref="OwnerField"/>.</param>
    public static LedgerRow? Read(string id, string provider, RedisValue value, RedisValue owner)
    {
        if (value.IsNullOrEmpty)
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse((ReadOnlyMemory<byte>)value);
            if (json.RootElement is not { ValueKind: JsonValueKind.Array } array || array.GetArrayLength() != 6 || array[0].GetInt32() != Version)
            {
                return null;
            }

            var deletedAtMs = array[3].GetInt64();
            return new LedgerRow(
                new LedgerEntry(id, provider, array[4].GetString()!, array[2].GetInt64(), owner, deletedAtMs > 0),
                array[1].GetInt64(),
                deletedAtMs);
        }
        catch (Exception foreign) when (foreign is JsonException or InvalidOperationException or FormatException)
        {
            // Not ours, or damaged: unknown, as if it were not there.
            return null;
        }
    }
}
