using System.Buffers;
using System.Text.Json;
using Gateway.Providers.Contract;
using StackExchange.Redis;

namespace Gateway.Creates;

/// <summary>
/// Keys and values of claims in Redis. A value is a JSON array: version, hash of the request, token; and when the create has worked container,
/// account, and its answer in base64 or null.
/// </summary>
internal static class IdempotencyFormat
{
    private const int Version = 1;
    private const int RunningLength = 3;

    /// <summary>Key of a claim.</summary>
    public static RedisKey KeyOf(Digest key) => $"gateway:idempotency:{key}";

    /// <summary>The value of a claim whose create runs, or, with a result, has worked.</summary>
    public static RedisValue Write(IdempotencyClaim.Won claim, KeptResult? result)
    {
        var buffer = new ArrayBufferWriter<byte>(160 + ((result?.Size ?? 0) * 4 / 3));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            json.WriteNumberValue(Version);
            json.WriteStringValue(claim.Request.ToString());
            json.WriteStringValue(claim.Token);
            if (result is not null)
            {
                json.WriteStringValue(result.Id.Value);
                json.WriteStringValue(result.Account);
                if (result.Body is { } body)
                {
                    json.WriteBase64StringValue(body.Span);
                }
                else
                {
                    json.WriteNullValue();
                }
            }

            json.WriteEndArray();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>What a value says; null when there is none, or it is not of this version.</summary>
    public static (Digest Request, KeptResult? Result)? Read(RedisValue value)
    {
        if (value.IsNullOrEmpty)
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse((ReadOnlyMemory<byte>)value);
            var array = json.RootElement;
            if (array[0].GetInt32() != Version)
            {
                return null;
            }

            var request = Digest.Of(Convert.FromHexString(array[1].GetString()!));
            if (array.GetArrayLength() == RunningLength)
            {
                return (request, null);
            }

            var body = array[5].ValueKind == JsonValueKind.Null ? null : (ReadOnlyMemory<byte>?)array[5].GetBytesFromBase64();
            return ContainerId.TryParse(array[3].GetString(), out var id, out _) ? (request, new KeptResult(id, array[4].GetString()!, body)) : null;
        }
        catch (Exception foreign) when (foreign is JsonException or InvalidOperationException or FormatException or ArgumentException
            or IndexOutOfRangeException)
        {
            // Not ours, or damaged: as if it were not there.
            return null;
        }
    }
}
