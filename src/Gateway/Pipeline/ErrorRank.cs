using Gateway.Providers.Contract;

namespace Gateway.Pipeline;

/// <summary>Which of several accounts' errors a client is told: never a 404 while another account could not say.</summary>
internal static class ErrorRank
{
    /// <summary>The error that says most. The list is not empty.</summary>
    public static GatewayError MostInformative(IReadOnlyList<GatewayError> errors) => errors.MaxBy(Rank)!;

    private static int Rank(GatewayError error) => error.Kind switch
    {
        ErrorKind.Cancelled => 10,
        ErrorKind.Quota => 9,
        ErrorKind.Upstream or ErrorKind.Capacity => 8,
        ErrorKind.Deadline => 7,
        ErrorKind.Unreachable => 6,
        ErrorKind.Credential or ErrorKind.Permission => 5,
        ErrorKind.Internal => 4,
        ErrorKind.Conflict => 3,
        ErrorKind.Caller or ErrorKind.Denied => 2,
        _ => 1,
    };
}
