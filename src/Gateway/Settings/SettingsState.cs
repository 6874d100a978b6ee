namespace Gateway.Settings;

/// <summary>What became of the last edit of the file; shown by `/readyz`.</summary>
/// <param name="RefusedBecause">Why the file as it stands is not in force, or null when it is.</param>
/// <param name="At">When that was found.</param>
internal sealed record SettingsState(string? RefusedBecause, DateTimeOffset At);
