using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Providers.Contract;

namespace Gateway.Providers.Azure;

/// <summary>
/// <c>azure_key_config</c> of a key, as Bifrost writes it. Containers are not tied to a deployment, so <see cref="Deployments"/> means nothing
/// here; the members of a service principal are refused until Entra ID is supported, rather than silently ignored.
/// </summary>
internal sealed record AzureKeyOptions
{
    /// <summary>Address of the resource, e.g. <c>https://name.openai.azure.com</c>. Required unless a base URL is configured.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Value of <c>api-version</c>; absent by default, since the v1 surface does not need one.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>Accepted, without meaning here.</summary>
    public JsonElement? Deployments { get; init; }

    /// <summary>Service principal: not supported yet.</summary>
    public string? ClientId { get; init; }

    /// <summary>Service principal: not supported yet.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>Service principal: not supported yet.</summary>
    public string? TenantId { get; init; }

    /// <summary>Service principal: not supported yet.</summary>
    public JsonElement? Scopes { get; init; }

    public static AzureKeyOptions Read(JsonElement section)
    {
        var options = section.Deserialize(AzureJsonContext.Default.AzureKeyOptions)
            ?? throw new JsonException("must be an object");
        return options switch
        {
            { ClientId: not null } => throw Unsupported("client_id"),
            { ClientSecret: not null } => throw Unsupported("client_secret"),
            { TenantId: not null } => throw Unsupported("tenant_id"),
            _ => options,
        };
    }

    private static ConfigSectionException Unsupported(string member) =>
        new(member, "Entra ID service principals are not supported yet; use the resource's key as \"value\"");
}

/// <summary>Reads the section without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    AllowTrailingCommas = true,
    ReadCommentHandling = JsonCommentHandling.Skip)]
[JsonSerializable(typeof(AzureKeyOptions))]
internal sealed partial class AzureJsonContext : JsonSerializerContext;
