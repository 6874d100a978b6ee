using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Providers.Contract;
using Gateway.Providers.Json;

namespace Gateway.Api;

/// <summary>
/// Reads the body of a create. Known members are checked for their type, so that a mistake is named the same way whatever provider would have found
/// it; their meaning is left to the provider. Unknown members travel on untouched.
/// </summary>
internal static class NewContainerReader
{
    private const string Invalid = "Invalid request format";

    /// <summary>Most files a create may name; each is looked up in the ledger.</summary>
    private const int MaxFileIds = 1000;

    /// <summary>Longest <c>metadata</c> in bytes; OpenAI's other objects allow 16 pairs of 64 and 512 characters.</summary>
    private const int MaxMetadata = 64 * 1024;

    public static async ValueTask<Parsed<CallBody>> ReadAsync(HttpContext http, ProviderChoice provider, CancellationToken cancellationToken)
    {
        if (JsonType.Refusal(http.Request) is { } unsupported)
        {
            return unsupported;
        }

        if (!(await JsonFields.ReadAsync(http, Invalid, cancellationToken)).Ok(out var fields, out var error))
        {
            return error;
        }

        var named = fields.Text("provider");
        if ((named.Error ?? provider.Add(named.Value)) is { } contradiction)
        {
            return contradiction;
        }

        var spec = ReadSpec(fields);
        return spec.Error is not null ? spec.Error : new CallBody.NewContainer(spec.Value!, fields.WithoutProvider);
    }

    private static Parsed<ContainerSpec> ReadSpec(JsonFields fields)
    {
        var name = fields.Text("name");
        var memory = fields.Text("memory_limit");
        var expiry = ReadExpiry(fields);
        var files = ReadFileIds(fields);
        var metadata = ReadMetadata(fields);
        var network = fields.Raw("network_policy", JsonTokenType.StartObject, "an object");
        var skills = fields.Raw("skills", JsonTokenType.StartArray, "an array");
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

    private static Parsed<ExpiresAfter?> ReadExpiry(JsonFields fields)
    {
        var raw = fields.Raw("expires_after", JsonTokenType.StartObject, "an object");
        if (raw.Error is not null || raw.Value is not { } json)
        {
            return raw.Error is { } error ? error : (ExpiresAfter?)null;
        }

        var (anchor, minutes) = ((string?)null, (long?)null);
        var members = new MemberReader(json.Span);
        while (members.Next())
        {
            anchor = members.NameIs("anchor"u8) ? members.Text : anchor;
            minutes = members.NameIs("minutes"u8) ? members.Integer : minutes;
        }

        return anchor is null ? JsonFields.WrongType("expires_after.anchor", "a string")
            : minutes is null ? JsonFields.WrongType("expires_after.minutes", "an integer")
            : new ExpiresAfter(anchor, minutes.Value);
    }

    private static Parsed<ImmutableArray<string>> ReadFileIds(JsonFields fields)
    {
        var raw = fields.Raw("file_ids", JsonTokenType.StartArray, "an array of strings");
        if (raw.Error is not null || raw.Value is not { } json)
        {
            return raw.Error is { } wrong ? wrong : ImmutableArray<string>.Empty;
        }

        var ids = ImmutableArray.CreateBuilder<string>();
        var items = new MemberReader(json.Span);
        while (items.Next())
        {
            if (ids.Count == MaxFileIds)
            {
                return GatewayError.Invalid($"file_ids holds more than {MaxFileIds} ids", "file_ids", "invalid_value");
            }

            if (items.Text is not { } id)
            {
                return JsonFields.WrongType($"file_ids[{ids.Count}]", "a string");
            }

            if (NewFileReader.TooLong(id, $"file_ids[{ids.Count}]") is { } error)
            {
                return error;
            }

            ids.Add(id);
        }

        return ids.DrainToImmutable();
    }

    private static Parsed<ImmutableArray<KeyValuePair<string, string>>> ReadMetadata(JsonFields fields)
    {
        var raw = fields.Raw("metadata", JsonTokenType.StartObject, "an object of strings", MaxMetadata);
        if (raw.Error is not null || raw.Value is not { } json)
        {
            return raw.Error is { } error ? error : ImmutableArray<KeyValuePair<string, string>>.Empty;
        }

        var pairs = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        var members = new MemberReader(json.Span);
        while (members.Next())
        {
            if (members.Text is not { } text)
            {
                return JsonFields.WrongType($"metadata.{members.Name}", "a string");
            }

            pairs.Add(new(members.Name!, text));
        }

        return pairs.DrainToImmutable();
    }
}
