using Gateway.Providers.Contract;

namespace Gateway.Providers.Credentials;

/// <summary>Nothing: whoever reaches the address may use it.</summary>
internal sealed class NoCredential : ICredential
{
    public static readonly NoCredential Instance = new();

    public ValueTask SignAsync(SigningContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
