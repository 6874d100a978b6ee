using Gateway.Pipeline;

namespace Gateway.Api;

/// <summary>What a request carries with it.</summary>
internal static class HttpContextExtensions
{
    /// <summary>The log book of this request.</summary>
    public static Exchange Exchange(this HttpContext http) =>
        http.Features.Get<Exchange>() ?? throw new InvalidOperationException("The exchange begins with the first middleware.");
}
