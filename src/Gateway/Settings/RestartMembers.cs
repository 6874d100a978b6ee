using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gateway.Settings;

/// <summary>Keeps what takes effect with the next start (<see cref="NeedsRestartAttribute"/>) as it is while the process runs.</summary>
internal static class RestartMembers
{
    /// <summary>Puts what is in force into such members of a document that was read anew.</summary>
    /// <param name="next">The document.</param>
    /// <param name="current">The one in force.</param>
    /// <returns>Paths of those that differed, without <c>$.</c>.</returns>
    public static List<string> Keep(ConfigDocument next, ConfigDocument current)
    {
        var changed = new List<string>();
        Keep(ConfigDocumentContext.Default.ConfigDocument, next, current, "", changed);
        return changed;
    }

    /// <summary>A document that holds such members alone. The rest of a file may hold secrets, which are not kept.</summary>
    public static ConfigDocument Of(ConfigDocument document)
    {
        var kept = new ConfigDocument();
        Keep(kept, document);
        return kept;
    }

    /// <summary>Whether a member takes effect with the next start.</summary>
    public static bool Contains(JsonPropertyInfo member) => DeclarationOf(member) is { OnlyPresence: false };

    private static NeedsRestartAttribute? DeclarationOf(JsonPropertyInfo member) =>
        (NeedsRestartAttribute?)member.AttributeProvider?.GetCustomAttributes(typeof(NeedsRestartAttribute), inherit: false).SingleOrDefault();

    private static void Keep(JsonTypeInfo type, object next, object current, string path, List<string> changed)
    {
        foreach (var member in ShapeCheck.MembersOf(type))
        {
            var kind = type.Options.GetTypeInfo(member.PropertyType);
            var (given, kept) = (member.Get!(next), member.Get(current));
            if (DeclarationOf(member) is { } declared && !(declared.OnlyPresence && given is null == kept is null))
            {
                if (JsonSerializer.Serialize(given, kind) != JsonSerializer.Serialize(kept, kind))
                {
                    changed.Add(path + member.Name);
                }

                member.Set!(next, kept);
            }
            else if (kind.Kind == JsonTypeInfoKind.Object && given is not null && kept is not null)
            {
                Keep(kind, given, kept, $"{path}{member.Name}.", changed);
            }
        }
    }
}
