namespace Gateway.Hosting;

/// <summary>A line of <c>gateway doctor</c>.</summary>
/// <param name="What">What was looked at.</param>
/// <param name="Well">False for what a start, or a client, would fail on.</param>
/// <param name="Detail">What was found.</param>
internal sealed record Finding(string What, bool Well, string Detail);
