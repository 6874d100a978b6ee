using Gateway.Providers.Contract;

namespace Gateway.Providers.Translation;

/// <summary>The plan table of a provider that answers by recipes, and the one place where their failures become replies.</summary>
/// <param name="errorOf">
/// What an exception tells the client, or null for a defect; <see cref="TranslatedErrors.Of"/> unless the provider has its own.
/// </param>
internal sealed class TranslatedPlans(Func<Exception, GatewayError?>? errorOf = null)
{
    private readonly Dictionary<Operation, Plan> _plans = [];
    private readonly Func<Exception, GatewayError?> _errorOf = errorOf ?? TranslatedErrors.Of;

    /// <summary>The recipe of an operation. One that is never set is not supported.</summary>
    public Recipe this[Operation operation]
    {
        set => _plans.Add(operation, new Plan.Run(async (call, upstream, cancellationToken) =>
        {
            try
            {
                return await value(call, upstream, cancellationToken);
            }
            catch (Exception failure) when (_errorOf(failure) is { } error)
            {
                return new Reply.Failed(error);
            }
        }));
    }

    /// <summary>A search for a file of the provider's own, made to fail as <see cref="IFileOwner"/> wants it.</summary>
    public async ValueTask<SourceFile?> FindFileAsync(Func<ValueTask<SourceFile?>> find)
    {
        try
        {
            return await find();
        }
        catch (Exception failure) when (_errorOf(failure) is { } error)
        {
            return error.Kind == ErrorKind.NotFound ? null : throw new UpstreamBrokenException(error, failure);
        }
    }

    /// <summary>The plan for a call.</summary>
    public Plan For(Call call) => _plans.GetValueOrDefault(call.Operation, Plan.Unsupported.Instance);
}
