using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Gateway.Providers.Contract;

/// <summary>
/// All dialects of this assembly. Each provider's folder adds itself with a module initializer, which runs on the first touch of this type; so a
/// new provider edits no other file. Configuration turns a provider on; being listed here exposes nothing.
/// </summary>
public static class ProviderCatalog
{
    private static readonly ConcurrentDictionary<string, Dialect> s_dialects = new();

    /// <summary>Every registered dialect.</summary>
    public static IEnumerable<Dialect> All => s_dialects.Values.OrderBy(dialect => dialect.Name, StringComparer.Ordinal);

    /// <summary>
    /// The other names of Bifrost's <c>ModelProvider</c> enum: real providers that have no containers API here (yet). They answer
    /// <c>unsupported_operation</c>, not "unknown".
    /// </summary>
    public static FrozenSet<string> KnownNames { get; } = FrozenSet.Create(
        "anthropic", "azure", "bedrock", "cerebras", "cohere", "elevenlabs", "fireworks", "gemini", "groq", "huggingface", "mistral", "nebius",
        "ollama", "openai", "openrouter", "parasail", "perplexity", "replicate", "runway", "sgl", "together", "vertex", "vllm", "xai");

    /// <summary>The dialect with this name.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out Dialect? dialect) => s_dialects.TryGetValue(name, out dialect);

    /// <summary>Adds a dialect. Throws when the name is taken: two folders claim the same provider.</summary>
    public static void Register(Dialect dialect)
    {
        ArgumentNullException.ThrowIfNull(dialect);
        if (!s_dialects.TryAdd(dialect.Name, dialect))
        {
            throw new InvalidOperationException($"The provider '{dialect.Name}' is registered twice.");
        }
    }
}
