using Gateway.Providers.Contract;

namespace Gateway.Access;

/// <summary>
/// Why a caller is not let in, or not let do something: in Bifrost's words, and on the drop-in surface in those that OpenAI's SDKs know.
/// </summary>
internal static class AccessErrors
{
    /// <summary>No key was presented.</summary>
    public static GatewayError Required(bool isDropIn) => InvalidKey(
        isDropIn, StatusCodes.Status401Unauthorized, "virtual_key_required",
        "virtual key is required. Provide a virtual key via the x-bf-vk header.");

    /// <summary>The key is not known.</summary>
    public static GatewayError NotFound(bool isDropIn) =>
        InvalidKey(isDropIn, StatusCodes.Status403Forbidden, "virtual_key_not_found", "Virtual key not found");

    /// <summary>The key's time is over.</summary>
    public static GatewayError Expired(bool isDropIn) =>
        InvalidKey(isDropIn, StatusCodes.Status403Forbidden, "virtual_key_blocked", "Virtual key has expired");

    /// <summary>The access token proves nothing.</summary>
    public static GatewayError TokenInvalid(bool isDropIn) => Denied("invalid_request_error", "the access token is not accepted") with
    {
        Status = StatusCodes.Status401Unauthorized, Code = isDropIn ? "invalid_api_key" : "invalid_token",
    };

    /// <summary>Nobody can say whether the access token proves anything.</summary>
    public static GatewayError IdentityProviderUnavailable() => new()
    {
        Kind = ErrorKind.Capacity,
        Status = StatusCodes.Status503ServiceUnavailable,
        Type = "server_error",
        Code = "identity_provider_unavailable",
        Message = "the identity provider that vouches for access tokens does not answer; try again later",
    };

    /// <summary>The key was switched off.</summary>
    public static GatewayError Inactive() => Denied("virtual_key_blocked", "Virtual key is inactive");

    /// <summary>Two places say two different things.</summary>
    public static GatewayError Contradicting(string one, string other) => GatewayError.Invalid(
        one == other
            ? $"{one} is given more than once"
            : $"{one} and {other} hold different keys; give one of them, or the same in both",
        other, "contradicting_credentials");

    /// <summary>The key may not use this provider.</summary>
    public static GatewayError ProviderBlocked(string provider) =>
        Denied("provider_blocked", $"Provider '{provider}' is not allowed for this virtual key", "provider");

    /// <summary>The key may not name accounts.</summary>
    public static GatewayError PinningNotAllowed(string header) =>
        Denied("pinning_not_allowed", $"{header} is not allowed for this virtual key", header);

    /// <summary>The key may not send headers upstream.</summary>
    public static GatewayError HeaderNotAllowed(string header) =>
        Denied("header_not_allowed", $"{header} is not allowed for this virtual key: no header of its choice travels upstream", header);

    /// <summary>The key may not make containers with such a network.</summary>
    public static GatewayError NetworkPolicyNotAllowed(IEnumerable<string> allowed) => Denied(
        "network_policy_not_allowed",
        $"this virtual key may only create containers with a network_policy of type {string.Join(" or ", allowed.Order(StringComparer.Ordinal))}",
        "network_policy");

    /// <summary>The key may not make containers as large, or that live as long.</summary>
    /// <param name="member">What of the request says so.</param>
    /// <param name="most">The most that is allowed.</param>
    /// <param name="usual">What counts when the request does not say.</param>
    public static GatewayError AboveLimit(string member, string most, string usual) => Denied(
        "container_limit_exceeded", $"{member} must not be above {most} for this virtual key; it is {usual} when it is not given", member);

    /// <summary>What every request must carry is not there.</summary>
    public static GatewayError HeadersMissing(IEnumerable<string> names) =>
        Denied("missing_required_headers", $"missing required headers: {string.Join(", ", names)}") with
        {
            Status = StatusCodes.Status400BadRequest,
        };

    private static GatewayError Denied(string type, string message, string? param = null) => new()
    {
        Kind = ErrorKind.Denied, Status = StatusCodes.Status403Forbidden, Type = type, Code = type, Message = message, Param = param,
    };

    /// <summary>OpenAI answers 401 to every key that it does not take, which is what its SDKs raise as <c>AuthenticationError</c>.</summary>
    private static GatewayError InvalidKey(bool isDropIn, int status, string type, string message) => isDropIn
        ? Denied("invalid_request_error", message) with { Status = StatusCodes.Status401Unauthorized, Code = "invalid_api_key" }
        : Denied(type, message) with { Status = status };
}
