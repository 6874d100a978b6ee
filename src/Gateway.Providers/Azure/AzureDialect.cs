using System.Runtime.CompilerServices;
using Gateway.Providers.Contract;
using Gateway.Providers.Credentials;
using Gateway.Providers.OpenAI;

namespace Gateway.Providers.Azure;

/// <summary>Azure OpenAI: OpenAI's shape below <c>/openai/v1</c>, with an <c>api-key</c>.</summary>
internal static class AzureDialect
{
    private static readonly HeaderCredential s_credential = new("api-key");

    [ModuleInitializer]
    internal static void Register() => ProviderCatalog.Register(new Dialect
    {
        Name = "azure",
        Create = context => new OpenAIProvider(context.Name, ["openai", "v1"]),
        Credential = _ => s_credential,
        Address = Address,
        KeySection = new ConfigSection("azure_key_config", section => AzureKeyOptions.Read(section)),
    });

    /// <summary>
    /// The address of the resource. The portal and the SDKs' samples also show it with <c>/openai</c> or <c>/openai/v1</c> behind it
    /// (https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle), which the gateway appends itself.
    /// </summary>
    private static string WithoutSurface(Uri address)
    {
        var url = address.OriginalString;
        foreach (var ending in (ReadOnlySpan<string>)["/openai/v1", "/openai"])
        {
            if (url.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            {
                return url[..^ending.Length];
            }
        }

        return url;
    }

    private static AccountAddress Address(KeyContext key)
    {
        var options = key.Options as AzureKeyOptions;
        var url = key.KeyBaseUrl ?? options?.Endpoint ?? key.ProviderBaseUrl
            ?? throw new ConfigSectionException("azure_key_config.endpoint", "is required: the address of the Azure OpenAI resource");
        if (!Uri.TryCreate(url.TrimEnd('/'), UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw new ConfigSectionException("azure_key_config.endpoint", "must be an absolute http or https URL");
        }

        return new AccountAddress(
            new Uri(WithoutSurface(address)), options?.ApiVersion is { Length: > 0 } version ? [new("api-version", version)] : []);
    }
}
