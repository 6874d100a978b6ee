using System.Runtime.CompilerServices;
using Gateway.Providers.Contract;
using Gateway.Providers.Credentials;

namespace Gateway.Providers.OpenAI;

/// <summary>OpenAI itself, and any custom provider of the same shape at a base URL.</summary>
internal static class OpenAIDialect
{
    private const string DefaultBaseUrl = "https://api.openai.com";

    [ModuleInitializer]
    internal static void Register() => ProviderCatalog.Register(new Dialect
    {
        Name = "openai",
        Create = context => new OpenAIProvider(context.Name, ["v1"]),
        Credential = _ => BearerCredential.Instance,
        Address = Address,
        CanBeCustomized = true,
    });

    /// <summary>Bifrost's base URLs end before <c>/v1</c>; one that was copied from an SDK, with it, means the same.</summary>
    private static AccountAddress Address(KeyContext key)
    {
        var url = (key.KeyBaseUrl ?? key.ProviderBaseUrl ?? DefaultBaseUrl).TrimEnd('/');
        return new AccountAddress(new Uri(url.EndsWith("/v1", StringComparison.Ordinal) ? url[..^3] : url), []);
    }
}
