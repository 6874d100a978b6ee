namespace Gateway.Providers.Contract;

/// <summary>A credential's text. It prints as <c>***</c>; only a credential scheme reveals it, onto the wire.</summary>
public sealed class Secret : IEquatable<Secret>
{
    private readonly string _value;

    /// <summary>Wraps the text.</summary>
    public Secret(string value) => _value = value;

    /// <summary>No credential: a key-less provider.</summary>
    public static Secret None { get; } = new("");

    /// <summary>True when there is nothing to send.</summary>
    public bool IsEmpty => _value.Length == 0;

    /// <summary>The text itself. For signing and redaction only.</summary>
    public string Reveal() => _value;

    /// <inheritdoc/>
    public bool Equals(Secret? other) => other is not null && other._value == _value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Secret);

    /// <inheritdoc/>
    public override int GetHashCode() => _value.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => "***";
}
