
namespace Gateway.Pipeline;

/// <summary>One try of a request on one account.</summary>
/// <param name="Account">The account's name.</param>
/// <param name="Outcome"><c>ok</c>, or the failure in the words of the <c>error.type</c> label.</param>
/// <param name="Status">The upstream's status, or null when it did not answer.</param>
/// <param name="Duration">From the first byte sent to the answer read (or headers, when it is streamed).</param>
/// <param name="Waited">Pause before this attempt.</param>
internal sealed record Attempt(string Account, string Outcome, int? Status, TimeSpan Duration, TimeSpan Waited)
{
    /// <summary>The outcome of an attempt that did not fail.</summary>
    public const string Ok = "ok";
}
