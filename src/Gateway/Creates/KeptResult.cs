using Gateway.Accounts;
using Gateway.Providers.Contract;

namespace Gateway.Creates;

/// <summary>What is kept of a create that has worked.</summary>
/// <param name="Id">The container.</param>
/// <param name="Account">Identity of its account (<see cref="AccountIdentity"/>); empty for a provider without accounts.</param>
/// <param name="Body">The answer; null when it is larger than <see cref="MaxBody"/>, and the container is retrieved again.</param>
internal sealed record KeptResult(ContainerId Id, string Account, ReadOnlyMemory<byte>? Body)
{
    /// <summary>Largest answer that is kept, in bytes.</summary>
    public const int MaxBody = 64 * 1024;

    /// <summary>Bytes of the kept answer.</summary>
    public int Size => Body?.Length ?? 0;

    /// <summary>What to keep of a reply; null when it is no container.</summary>
    public static KeptResult? Of(Reply? reply, Account? account) =>
        reply is Reply.Json json && JsonIdentity.TryRead(json.Body.Span, out var text, out _) && ContainerId.TryParse(text, out var id, out _)
            ? new KeptResult(
                id, account is null ? "" : AccountIdentity.Of(account),
                json.Body.Length <= MaxBody ? (ReadOnlyMemory<byte>?)json.Body.ToArray() : null)
            : null;
}
