using Gateway.Providers.Contract;

namespace Gateway.Creates;

/// <summary>A create that is remembered.</summary>
/// <param name="body">Fingerprint of caller, provider and body.</param>
/// <param name="client">Ends when its client leaves.</param>
internal sealed class CreateReplay(string body, CancellationToken client)
{
    private readonly TaskCompletionSource<Reply?> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Reply? _outcome;
    private bool _wasAbandoned;
    private int _repeated;

    public string Body { get; } = body;

    /// <summary>How it ended; null when it was given up.</summary>
    public Task<Reply?> Result => _result.Task;

    /// <summary>Whether it has failed, so that its repetition is a new try.</summary>
    public bool MayTryAgain => _outcome is not (null or Reply.Json);

    private bool IsRunning => !_result.Task.IsCompleted;

    /// <summary>Its client left before it had ended.</summary>
    private bool IsAbandoned => _wasAbandoned || (IsRunning && client.IsCancellationRequested);

    /// <summary>
    /// Of several creates that look the same the one that an SDK's retry most probably repeats: one whose client was told of a failure or did not wait;
    /// else one that runs; else the latest. Each is repeated by a retry of a given number once, so that two clients' retries get two containers.
    /// </summary>
    /// <param name="entries">Creates of the same caller and body, oldest first.</param>
    /// <param name="retry">Number of the retry; 0 is none.</param>
    public static CreateReplay? Repeated(IReadOnlyList<CreateReplay> entries, int retry)
    {
        if (retry == 0)
        {
            return null;
        }

        var open = entries.Where(entry => entry._repeated < retry).ToList();
        var chosen = open.Find(entry => entry.MayTryAgain) ?? open.Find(entry => entry.IsAbandoned) ?? open.Find(entry => entry.IsRunning) ?? open.LastOrDefault();
        if (chosen is not null)
        {
            chosen._repeated = retry;
        }

        return chosen;
    }

    public void Finish(Reply? outcome)
    {
        _wasAbandoned = client.IsCancellationRequested;
        _outcome = outcome;
        _result.TrySetResult(outcome);
    }
}
