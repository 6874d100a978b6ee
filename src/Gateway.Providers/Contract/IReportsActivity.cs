namespace Gateway.Providers.Contract;

/// <summary>A provider that is at times busy with something calls wait for, or has failed at it, so that operators see why.</summary>
public interface IReportsActivity
{
    /// <summary>
    /// At one of its accounts and now, or null when there is nothing to tell. Cheap; asked every second and by each look at the ready page, from any
    /// thread.
    /// </summary>
    ProviderActivity? ActivityOf(Account account);
}

/// <summary>What a provider is busy with.</summary>
/// <param name="Text">For people: one line without secrets.</param>
/// <param name="IsFault">True when it has failed and calls fail because of it.</param>
public sealed record ProviderActivity(string Text, bool IsFault);
