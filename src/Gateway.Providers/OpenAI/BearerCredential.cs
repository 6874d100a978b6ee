using System.Net.Http.Headers;
using Gateway.Providers.Contract;

namespace Gateway.Providers.OpenAI;

/// <summary><c>Authorization: Bearer …</c>; nothing for a key-less account.</summary>
internal sealed class BearerCredential : ICredential
{
    public static readonly BearerCredential Instance = new();

    public ValueTask SignAsync(HttpRequestMessage request, Account account, CancellationToken cancellationToken)
    {
        if (!account.Secret.IsEmpty)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", account.Secret.Reveal());
        }

        return ValueTask.CompletedTask;
    }
}
