using System.Diagnostics.CodeAnalysis;
using Gateway.Providers.Contract;

namespace Gateway.Api;

/// <summary>A value that was read from a request, or the error to answer instead.</summary>
internal readonly struct Parsed<T>
{
    private Parsed(T? value, GatewayError? error)
    {
        Value = value;
        Error = error;
    }

    public T? Value { get; }

    public GatewayError? Error { get; }

    public static implicit operator Parsed<T>(T value) => new(value, null);

    public static implicit operator Parsed<T>(GatewayError error) => new(default, error);

    /// <summary>True, and the value, when there is no error.</summary>
    public bool Ok([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out GatewayError? error)
    {
        value = Value;
        error = Error;
        return error is null;
    }
}
