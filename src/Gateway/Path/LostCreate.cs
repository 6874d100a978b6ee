using Gateway.Providers.Contract;

namespace Gateway.Path;

/// <summary>A create that was sent and not answered: its container may exist.</summary>
/// <param name="Account">Where it may exist.</param>
/// <param name="Started">When the create began.</param>
internal sealed record LostCreate(Account Account, DateTimeOffset Started);
