using System.Text.Json;
using Gateway.Settings;

namespace Gateway.Hosting;

/// <summary>A client key and what it may do, in the words of the admin pages; never its value.</summary>
internal static class CallerPage
{
    /// <summary>Writes the member <c>caller</c>.</summary>
    public static void Write(Utf8JsonWriter writer, ClientKey key, DateTimeOffset now)
    {
        writer.WriteStartObject("caller"u8);
        writer.WriteString("virtual_key"u8, key.Name);
        writer.WriteString(
            "state"u8, key.Digest is null ? "unset"u8 : !key.IsActive ? "inactive"u8 : key.ExpiresAt <= now ? "expired"u8 : "active"u8);
        if (key.ExpiresAt is { } end)
        {
            writer.WriteString("expires_at"u8, end);
        }

        writer.WriteString("tenant"u8, key.Tenant.Id);
        writer.WriteString("containers"u8, key.Tenant.SeesAll ? "all"u8 : "own"u8);
        WriteProviders(writer, key.Rights);
        writer.WriteBoolean("allow_pinning"u8, key.Rights.AllowPinning);
        writer.WriteBoolean("allow_forwarded_headers"u8, key.Rights.AllowForwardedHeaders);
        if (key.Rights.NetworkPolicies is { } policies)
        {
            WriteAll(writer, "network_policies", policies);
        }

        WriteLimits(writer, key.Rights.Limits);
        writer.WriteEndObject();
    }

    private static void WriteProviders(Utf8JsonWriter writer, ClientRights rights)
    {
        if (rights.Providers is not { } providers)
        {
            writer.WriteString("providers"u8, "*");
            return;
        }

        writer.WriteStartObject("providers"u8);
        foreach (var (name, provider) in providers.OrderBy(each => each.Key, StringComparer.Ordinal))
        {
            WriteAll(writer, name, provider.Accounts ?? (IEnumerable<string>)["*"]);
        }

        writer.WriteEndObject();
    }

    private static void WriteLimits(Utf8JsonWriter writer, ClientLimits limits)
    {
        writer.WriteStartObject("limits"u8);
        foreach (var (name, bound) in new (string, long?)[]
        {
            ("max_memory_gib", limits.MaxMemoryGib),
            ("max_expires_after_minutes", limits.MaxExpiresAfterMinutes),
            ("max_file_size_bytes", limits.MaxFileBytes),
            ("max_concurrent_calls", limits.MaxConcurrentCalls),
        })
        {
            if (bound is { } number)
            {
                writer.WriteNumber(name, number);
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteAll(Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values.Order(StringComparer.Ordinal))
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }
}
