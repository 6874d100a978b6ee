using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Providers.Contract;
using Gateway.Providers.Json;

namespace Gateway.Surface;

/// <summary>
/// Reads the body of a create. Known members are checked for their type, so that a mistake is named the same way whatever provider would have found
/// it; their meaning is left to the provider. Unknown members travel on untouched.
/// </summary>
internal static class NewContainerReader
{
    private const string Invalid = "Invalid request format";

    /// <summary>Most files a create may name; each is looked up in the ledger.</summary>
    private const int MaxFileIds = 1000;

    public static async ValueTask<Parsed<CallBody>> ReadAsync(HttpContext http, ProviderChoice provider, CancellationToken cancellationToken)
    {
        if (JsonType.Refusal(http.Request) is { } unsupported)
        {
            return unsupported;
        }

        var parsed = await JsonBody.ReadAsync(http, Invalid, cancellationToken);
        if (!parsed.Ok(out var body, out var error))
        {
            return error;
        }

        using (body.Document)
        {
            var root = body.Document.RootElement;
            if (!JsonBody.Text(root, "provider").Ok(out var named, out error) && error is not null)
            {
                return error;
            }

            if (provider.Add(named) is { } contradiction)
            {
                return contradiction;
            }

            var spec = ReadSpec(root);
            return spec.Error is not null ? spec.Error : new CallBody.NewContainer(spec.Value!, JsonMembers.Without(body.Bytes, "provider"u8));
        }
    }

    private static Parsed<ContainerSpec> ReadSpec(JsonElement root)
    {
        var name = JsonBody.Text(root, "name");
        var memory = JsonBody.Text(root, "memory_limit");
        var expiry = ReadExpiry(root);
        var files = ReadFileIds(root);
        var metadata = ReadMetadata(root);
        var network = ReadElement(root, "network_policy", JsonValueKind.Object, "an object");
        var skills = ReadElement(root, "skills", JsonValueKind.Array, "an array");
        if ((name.Error ?? memory.Error ?? expiry.Error ?? files.Error ?? metadata.Error ?? network.Error ?? skills.Error) is { } error)
        {
            return error;
        }

        return string.IsNullOrEmpty(name.Value)
            ? GatewayError.Invalid("name is required", "name", "missing_required_parameter")
            : new ContainerSpec
            {
                Name = name.Value,
                MemoryLimit = memory.Value,
                ExpiresAfter = expiry.Value,
                FileIds = files.Value,
                Metadata = metadata.Value,
                NetworkPolicy = network.Value,
                Skills = skills.Value,
            };
    }

    private static Parsed<ExpiresAfter?> ReadExpiry(JsonElement root)
    {
        if (!root.TryGetProperty("expires_after", out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return (ExpiresAfter?)null;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            return JsonBody.WrongType("expires_after", "an object");
        }

        if (!value.TryGetProperty("anchor", out var anchor) || anchor.ValueKind != JsonValueKind.String || !JsonBody.TryGetString(anchor, out var text))
        {
            return JsonBody.WrongType("expires_after.anchor", "a string");
        }

        return value.TryGetProperty("minutes", out var minutes) && minutes.ValueKind == JsonValueKind.Number && minutes.TryGetInt64(out var number)
            ? new ExpiresAfter(text!, number)
            : JsonBody.WrongType("expires_after.minutes", "an integer");
    }

    private static Parsed<ImmutableArray<string>> ReadFileIds(JsonElement root)
    {
        if (!root.TryGetProperty("file_ids", out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return ImmutableArray<string>.Empty;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            return JsonBody.WrongType("file_ids", "an array of strings");
        }

        if (value.GetArrayLength() > MaxFileIds)
        {
            return GatewayError.Invalid($"file_ids holds more than {MaxFileIds} ids", "file_ids", "invalid_value");
        }

        var ids = ImmutableArray.CreateBuilder<string>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String || !JsonBody.TryGetString(item, out var id))
            {
                return JsonBody.WrongType($"file_ids[{ids.Count}]", "a string");
            }

            if (NewFileReader.TooLong(id, $"file_ids[{ids.Count}]") is { } error)
            {
                return error;
            }

            ids.Add(id!);
        }

        return ids.MoveToImmutable();
    }

    private static Parsed<ImmutableArray<KeyValuePair<string, string>>> ReadMetadata(JsonElement root)
    {
        if (!root.TryGetProperty("metadata", out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return ImmutableArray<KeyValuePair<string, string>>.Empty;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            return JsonBody.WrongType("metadata", "an object of strings");
        }

        var pairs = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        foreach (var member in value.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.String || !JsonBody.TryGetString(member.Value, out var text))
            {
                return JsonBody.WrongType($"metadata.{member.Name}", "a string");
            }

            pairs.Add(new(member.Name, text!));
        }

        return pairs.DrainToImmutable();
    }

    private static Parsed<JsonElement?> ReadElement(JsonElement root, string member, JsonValueKind kind, string expected) =>
        !root.TryGetProperty(member, out var value) || value.ValueKind == JsonValueKind.Null ? (JsonElement?)null
        : value.ValueKind == kind ? value.Clone()
        : JsonBody.WrongType(member, expected);
}
