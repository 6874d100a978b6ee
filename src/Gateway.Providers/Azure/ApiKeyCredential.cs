using Gateway.Providers.Contract;

namespace Gateway.Providers.Azure;

/// <summary><c>api-key: …</c>, as Azure OpenAI takes it.</summary>
internal sealed class ApiKeyCredential : ICredential
{
    public static readonly ApiKeyCredential Instance = new();

    public ValueTask SignAsync(HttpRequestMessage request, Account account, CancellationToken cancellationToken)
    {
        if (!account.Secret.IsEmpty)
        {
            request.Headers.TryAddWithoutValidation("api-key", account.Secret.Reveal());
        }

        return ValueTask.CompletedTask;
    }
}
