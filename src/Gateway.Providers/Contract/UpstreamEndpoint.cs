using System.Diagnostics.CodeAnalysis;

namespace Gateway.Providers.Contract;

/// <summary>
/// Which of its account's addresses a request goes to, when not to the base address. It names one of <see cref="AccountAddress.Endpoints"/>; no text
/// of a client or a provider can lead elsewhere.
/// </summary>
public sealed record UpstreamEndpoint
{
    private const int MaxLabel = 63;

    private UpstreamEndpoint(string name, string? label) => (Name, Label) = (name, label);

    /// <summary>The address's name in the configuration of its dialect; also a label of telemetry.</summary>
    public string Name { get; }

    /// <summary>What stands for the <c>*</c> in the host of an open address, or null for a fixed one.</summary>
    public string? Label { get; }

    /// <summary>A fixed address.</summary>
    public static UpstreamEndpoint Of(string name) => new(name, null);

    /// <summary>
    /// A host of an open address, such as the one of a single sandbox. False when the label, which may come from a provider's answer, is none: 1 to
    /// 63 letters, digits and hyphens, no hyphen at an end (RFC 1123 §2.1).
    /// </summary>
    public static bool TryOf(string name, string label, [NotNullWhen(true)] out UpstreamEndpoint? endpoint)
    {
        var isLabel = label.Length is > 0 and <= MaxLabel && label[0] != '-' && label[^1] != '-'
            && label.All(character => char.IsAsciiLetterOrDigit(character) || character == '-');
        endpoint = isLabel ? new UpstreamEndpoint(name, label) : null;
        return isLabel;
    }
}

/// <summary>A further address of an account.</summary>
public sealed record AccountEndpoint
{
    private readonly string _prefix;

    /// <param name="name">How requests name it.</param>
    /// <param name="address">An absolute <c>http(s)</c> address. The first label of its host may be <c>*</c>, which each request fills.</param>
    public AccountEndpoint(string name, string address)
    {
        Name = name;
        _prefix = address.TrimEnd('/');
        IsOpen = _prefix.Contains("://*.", StringComparison.Ordinal);
    }

    /// <summary>How requests name it.</summary>
    public string Name { get; }

    /// <summary>Whether a request fills the first label of the host.</summary>
    public bool IsOpen { get; }

    /// <summary>The address, with <c>*</c> where it is open.</summary>
    public string Address => _prefix;

    /// <summary>Text that request targets are appended to.</summary>
    /// <exception cref="InvalidOperationException">A label is given where there is none, or the other way round: a defect of the dialect.</exception>
    internal string PrefixFor(UpstreamEndpoint endpoint) => (IsOpen, endpoint.Label) switch
    {
        (false, null) => _prefix,
        (true, { } label) => _prefix.Replace("://*.", $"://{label}.", StringComparison.Ordinal),
        _ => throw new InvalidOperationException($"The endpoint {Name} is {(IsOpen ? "open" : "fixed")}."),
    };
}
