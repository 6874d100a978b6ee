using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>
/// Removes containers whose idle time is over, and those whose create was broken off. Any number of instances may do it at once: what to remove is
/// decided by what is noted in the container alone (see <see cref="Lease"/>), and removing twice is like removing once.
/// </summary>
internal sealed class DockerReaper(DockerActivity activity)
{
    /// <summary>A create that has not come to its end after this never will, in milliseconds.</summary>
    private const long MaxCreation = 60 * 60_000;

    public async ValueTask SweepAsync(EngineClient engine, CancellationToken cancellationToken)
    {
        var containers = await engine.ListAsync(cancellationToken);
        activity.Keep(containers);
        foreach (var container in containers)
        {
            try
            {
                if (await IsDueAsync(engine, container, cancellationToken))
                {
                    await engine.RemoveAsync(container.EngineId, cancellationToken);
                }
            }
            catch (TranslationRefusedException refused) when (refused.Error.Kind is not (ErrorKind.Unreachable or ErrorKind.Deadline))
            {
                // Gone, or being removed by another instance, or in a state that passes; one container must not keep the others.
            }
        }
    }

    private async ValueTask<bool> IsDueAsync(EngineClient engine, DockerContainer container, CancellationToken cancellationToken) =>
        container.WasStarted
            ? await activity.StateAsync(engine, container, cancellationToken) == LeaseState.Removable
            : activity.NowMs - container.CreatedMs > MaxCreation;
}
