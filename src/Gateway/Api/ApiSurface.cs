using System.Collections.Immutable;
using Gateway.Settings;

namespace Gateway.Api;

/// <summary>A base path the nine operations are served under. Both kinds run the same code; they differ in the provider a silent call gets.</summary>
/// <param name="Base">Path the operations' routes are appended to.</param>
/// <param name="IsDropIn">Whether it is made for clients of OpenAI.</param>
/// <param name="IsAlias">Whether it is another spelling of the surface before it, which the API's description leaves out.</param>
internal sealed record ApiSurface(string Base, bool IsDropIn, bool IsAlias = false)
{
    /// <summary>Native and drop-in bases.</summary>
    public static readonly ImmutableArray<ApiSurface> All = [new("/v1", false), new("/openai/v1", true), new("/openai", true, IsAlias: true)];

    /// <summary>Provider of a call that names none, or null.</summary>
    public string? DefaultProvider(GatewaySettings settings) => IsDropIn ? settings.DropInProvider : settings.DefaultProvider;
}
