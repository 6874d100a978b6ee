using Gateway.Providers.Contract;

namespace Gateway.Providers.Credentials;

/// <summary>The key's value in a header of its own, such as <c>api-key: …</c>.</summary>
/// <param name="name">The header.</param>
internal sealed class HeaderCredential(string name) : ICredential
{
    public ValueTask SignAsync(SigningContext context, CancellationToken cancellationToken)
    {
        if (!context.Account.Secret.IsEmpty)
        {
            context.Request.Headers.TryAddWithoutValidation(name, context.Account.Secret.Reveal());
        }

        return ValueTask.CompletedTask;
    }
}
