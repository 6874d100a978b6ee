namespace Gateway.Providers.Contract;

/// <summary>What a provider answered to a request whose body was collected.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Body">Its body, decompressed, within <see cref="UpstreamRequest.MaxResponseBytes"/>.</param>
/// <param name="RetryAfter">Its <c>Retry-After</c> (or <c>retry-after-ms</c>), or null.</param>
public sealed record UpstreamResponse(int Status, ReadOnlyMemory<byte> Body, TimeSpan? RetryAfter)
{
    /// <summary>True for 2xx.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>What its provider makes of it (see <see cref="IProvider.Classify"/>); null for a success.</summary>
    public GatewayError? Error { get; init; }

    /// <summary>Its headers.</summary>
    public UpstreamHeaders Headers { get; init; } = UpstreamHeaders.None;
}
