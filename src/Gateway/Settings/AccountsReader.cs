using System.Collections.Immutable;
using Gateway.Providers.Contract;

namespace Gateway.Settings;

/// <summary>Makes accounts of a provider's keys.</summary>
/// <param name="path">Path of the provider.</param>
/// <param name="dialect">Its dialect; one with accounts.</param>
/// <param name="baseUrl">The provider's own base URL; null when there is none, or none that can be used.</param>
/// <param name="hasUnusableBaseUrl">True when a base URL is written but cannot be used, so that the dialect's own must not step in.</param>
/// <param name="section">The provider's own section. Keys inherit from it when theirs has the same name.</param>
/// <param name="reading">What to work with.</param>
internal sealed class AccountsReader(string path, Dialect dialect, string? baseUrl, bool hasUnusableBaseUrl, Section section, Reading reading)
{
    private const int MaxNameLength = 128;

    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _ids = new(StringComparer.OrdinalIgnoreCase);

    private readonly Section? _inherited = dialect.Section?.Name == dialect.KeySection?.Name ? section : null;

    /// <summary>The only account of a provider that takes no key, or has none.</summary>
    public ImmutableArray<Account> ReadKeyLess() => !hasUnusableBaseUrl && section.IsUsable && AddressOf(path, null, section.Options) is { } address
        ? [Make(address, "default", "default", Secret.None, 1, section.Options)] : [];

    /// <summary>One account for each key that can be used; why the others cannot is added to <paramref name="unusable"/>.</summary>
    public ImmutableArray<Account> Read(KeyDocument[] keys, ICollection<string> unusable)
    {
        var accounts = ImmutableArray.CreateBuilder<Account>();
        for (var i = 0; i < keys.Length; i++)
        {
            var keyPath = JsonPath.Element($"{path}.keys", i);
            var missing = new List<string>();
            var account = Read(keys[i], keyPath, $"key-{i + 1}", missing);
            if (!keys[i].Enabled)
            {
                continue;
            }

            foreach (var reason in missing)
            {
                unusable.Add(reason);
                reading.Findings.Warn($"{keyPath}.value", $"{reason}; the key is left out");
            }

            if (account is not null)
            {
                RefuseTwin(account, accounts, keyPath);
                accounts.Add(account);
            }
        }

        return accounts.ToImmutable();
    }

    /// <summary>Without a secret nothing but the address tells accounts apart, and one that is there twice would count everything twice.</summary>
    private void RefuseTwin(Account account, IEnumerable<Account> others, string keyPath)
    {
        if (!dialect.NeedsKey && others.FirstOrDefault(other => other.BaseAddress == account.BaseAddress) is { } twin)
        {
            reading.Findings.Refuse($"{keyPath}.{dialect.KeySection?.Name}", $"leads to {account.Place}, as the key \"{twin.Name}\" does");
        }
    }

    private Account? Read(KeyDocument key, string keyPath, string defaultName, List<string> missing)
    {
        var name = key.Name ?? defaultName;
        var id = key.Id ?? name;
        if (CheckName($"{keyPath}.name", name, _names) || key.Id is not null)
        {
            CheckName($"{keyPath}.id", id, _ids);
        }

        if (!double.IsFinite(key.Weight) || key.Weight < 0)
        {
            reading.Findings.Refuse($"{keyPath}.weight", "must be a finite number of 0 or more");
        }

        var keyUrl = reading.Url($"{keyPath}.network_config.base_url", key.NetworkConfig?.BaseUrl, missing);
        var own = Sections.ReadOwn(key.Others, known => known.KeySection, keyPath, dialect, reading, missing, _inherited);
        if (SecretOf($"{keyPath}.value", key.Value, missing) is not { } secret || !own.IsUsable || !key.Enabled
            || (key.NetworkConfig?.BaseUrl is not null && keyUrl is null) || (keyUrl is null && hasUnusableBaseUrl)
            || AddressOf(keyPath, keyUrl, own.Options) is not { } address)
        {
            return null;
        }

        return Make(address, name, id, secret, key.Weight, own.Options);
    }

    private Secret? SecretOf(string valuePath, string? value, List<string> missing)
    {
        if (value is not null && !dialect.NeedsKey)
        {
            reading.Findings.Warn(valuePath, $"has no effect: {dialect.Name} has nothing to authenticate with");
            return Secret.None;
        }

        if (value is null && !dialect.NeedsKeyValue)
        {
            return Secret.None;
        }

        if (value is null)
        {
            reading.Findings.Refuse(valuePath, "is required: env.NAME or file:/path");
            return null;
        }

        return Reading.TextOf(reading.References.ResolveSecret(valuePath, value), missing) is { } text ? new Secret(text) : null;
    }

    private AccountAddress? AddressOf(string at, string? keyUrl, object? options)
    {
        try
        {
            var address = dialect.Address!(new KeyContext(baseUrl, keyUrl, options));
            var addresses = address.Endpoints.Select(endpoint => endpoint.Address.Replace("://*.", "://any.", StringComparison.Ordinal));
            var reasons = addresses.Prepend(address.BaseAddress.OriginalString).Select(Urls.CheckUpstream);
            var reason = reasons.FirstOrDefault(reason => reason is not null);
            if (reason is null)
            {
                return address;
            }

            reading.Findings.Refuse(at, $"leads to an address that {reason}");
        }
        catch (ConfigSectionException refused)
        {
            reading.Findings.Refuse($"{at}.{refused.Member}", refused.Reason);
        }

        return null;
    }

    private static Account Make(AccountAddress address, string name, string id, Secret secret, double weight, object? options) => new()
    {
        Name = name,
        Id = id,
        BaseAddress = address.BaseAddress,
        Query = [.. address.Query],
        Endpoints = [.. address.Endpoints],
        Secret = secret,
        FurtherSecrets = [.. address.Secrets],
        Options = options,
        Weight = weight,
        Transport = address.Transport,
    };

    // Names travel in response headers and metric labels.
    private bool CheckName(string namePath, string name, HashSet<string> taken)
    {
        if (name.Length is 0 or > MaxNameLength || name.Any(c => c is < ' ' or > '~') || name != name.Trim())
        {
            reading.Findings.Refuse(namePath, $"must be 1 to {MaxNameLength} printable ASCII characters, without spaces around them");
            return false;
        }

        if (!taken.Add(name))
        {
            reading.Findings.Refuse(namePath, $"\"{name}\" is already taken by another key of this provider");
            return false;
        }

        return true;
    }
}
