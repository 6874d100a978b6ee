namespace Gateway.Settings;

/// <summary>
/// Marks a member of the config file, or a whole section, that takes effect with the next start. An edit of it is told, and left alone until then
/// (<see cref="RestartMembers"/>); the schema says so, too, and is written from it.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NeedsRestartAttribute : Attribute
{
    /// <summary>Whether only its coming and going does, and what it says takes effect at once.</summary>
    public bool OnlyPresence { get; init; }
}
