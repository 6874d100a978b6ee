namespace Gateway.Providers.Contract;

/// <summary>
/// A configured provider. Planning is pure and synchronous; it says what to do and does nothing. A provider that owns resources (the built-in
/// <c>local</c>) also implements <see cref="IAsyncDisposable"/>.
/// </summary>
public interface IProvider
{
    /// <summary>What to do for a call; <see cref="Plan.Unsupported"/> for an operation that is not in the provider's table.</summary>
    Plan Plan(Call call);
}
