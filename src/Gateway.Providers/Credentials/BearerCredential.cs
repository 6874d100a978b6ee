using System.Net.Http.Headers;
using Gateway.Providers.Contract;

namespace Gateway.Providers.Credentials;

/// <summary><c>Authorization: Bearer …</c>; nothing for a key-less account.</summary>
internal sealed class BearerCredential : ICredential
{
    public static readonly BearerCredential Instance = new();

    public ValueTask SignAsync(SigningContext context, CancellationToken cancellationToken)
    {
        if (!context.Account.Secret.IsEmpty)
        {
            context.Request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", context.Account.Secret.Reveal());
        }

        return ValueTask.CompletedTask;
    }
}
