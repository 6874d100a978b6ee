using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Upstream;

/// <summary>
/// Every secret of a provider, whichever of its upstream's answers quotes it: keys of all its accounts, what their credential schemes obtained,
/// secret values of <c>extra_headers</c>, the proxy's password.
/// </summary>
internal sealed class ProviderSecrets
{
    /// <summary>Variables a proxy is taken from (see <see cref="HttpClient.DefaultProxy"/>), in either case.</summary>
    private static readonly string[] s_proxies = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"];

    private static readonly ConditionalWeakTable<ProviderSettings, ProviderSecrets> s_known = [];

    private readonly ProviderSettings _provider;
    private State _state;

    private ProviderSecrets(ProviderSettings provider)
    {
        _provider = provider;
        _state = new State(provider);
    }

    /// <summary>What takes the provider's secrets out of a text, those learned until now included.</summary>
    public static SecretMask Of(ProviderSettings provider) =>
        s_known.GetValue(provider.Whole, static provider => new ProviderSecrets(provider)).Current();

    private SecretMask Current()
    {
        var state = Volatile.Read(ref _state);
        if (!state.IsCurrent(_provider.Accounts))
        {
            state = new State(_provider);
            Volatile.Write(ref _state, state);
        }

        return state.Mask;
    }

    private static IEnumerable<string> All(ProviderSettings provider, IEnumerable<Secret> learned)
    {
        foreach (var secret in provider.Accounts.SelectMany(account => account.FurtherSecrets.Prepend(account.Secret)).Concat(learned))
        {
            yield return secret.Reveal();
        }

        foreach (var secret in provider.Network.HeaderSecrets.SelectMany(secret => SecretForms.OfHeader(secret.Reveal())))
        {
            yield return secret;
        }

        if (provider.Network.ProxyPassword is { } password)
        {
            yield return password.Reveal();
        }

        if (provider.Network.ProxyFromEnvironment)
        {
            foreach (var variable in s_proxies.SelectMany(name => new[] { name, name.ToLowerInvariant() }))
            {
                if (Uri.TryCreate(Environment.GetEnvironmentVariable(variable), UriKind.Absolute, out var address)
                    && address.UserInfo.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon)
                {
                    yield return Uri.UnescapeDataString(address.UserInfo[(colon + 1)..]);
                }
            }
        }
    }

    private sealed class State(ProviderSettings provider)
    {
        private readonly ImmutableArray<Secret>[] _learned = [.. provider.Accounts.Select(account => account.Learned.All)];
        private SecretMask? _mask;

        public SecretMask Mask => _mask ??= new SecretMask(All(provider, _learned.SelectMany(learned => learned)));

        public bool IsCurrent(ImmutableArray<Account> accounts)
        {
            for (var i = 0; i < accounts.Length; i++)
            {
                if (accounts[i].Learned.All != _learned[i])
                {
                    return false;
                }
            }

            return true;
        }
    }
}
