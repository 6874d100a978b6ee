using System.Runtime.CompilerServices;
using Gateway.Providers.Contract;

namespace Gateway.Providers.Docker;

/// <summary>
/// The engines of a provider, one for each account, gone with it. An account that only changes its name or weight keeps its engine: what is reserved
/// and pulled there goes on.
/// </summary>
/// <param name="create">Makes one.</param>
internal sealed class DockerEngines(Func<DockerOptions, DockerEngine> create)
{
    private readonly Lock _lock = new();
    private readonly ConditionalWeakTable<Account, DockerEngine> _engines = [];

    /// <summary>The engine of an account, or null before anything was asked of it.</summary>
    public DockerEngine? Find(Account account) => _engines.TryGetValue(account, out var engine) ? engine : null;

    /// <summary>The engine of an account.</summary>
    public DockerEngine Of(Account account)
    {
        if (Find(account) is { } known)
        {
            return known;
        }

        lock (_lock)
        {
            if (Find(account) is { } made)
            {
                return made;
            }

            var engine = _engines.FirstOrDefault(each => IsSame(each.Key, account)).Value
                ?? create((DockerOptions?)account.Options ?? DockerOptionsReader.Default());
            _engines.Add(account, engine);
            return engine;
        }
    }

    private static bool IsSame(Account one, Account other) => one.BaseAddress == other.BaseAddress && Equals(one.Options, other.Options);
}
