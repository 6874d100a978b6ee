using System.Buffers;
using System.Text.Json;
using StackExchange.Redis;

namespace Gateway.Ledger;

/// <summary>Keys and values of the ledger in Redis. A value is a JSON array: version, touched, created, deleted, account, tenant.</summary>
internal static class RedisLedgerFormat
{
    private const int Version = 1;

    /// <summary>Key of the hash of an id; its fields are providers.</summary>
    public static RedisKey EntryKey(string id) => $"gateway:ledger:{id}";

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
            json.WriteStringValue(row.Entry.Tenant);
            json.WriteEndArray();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>The row of a value, or null when there is none or it is not of this version.</summary>
    public static LedgerRow? Read(string id, string provider, RedisValue value)
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
                new LedgerEntry(id, provider, array[4].GetString()!, array[2].GetInt64(), array[5].GetString(), deletedAtMs > 0),
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
