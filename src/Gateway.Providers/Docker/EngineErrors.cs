using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>What an engine's failures mean to a client.</summary>
internal static class EngineErrors
{
    /// <summary>
    /// What an engine's answer means wherever it was given; null for a success. A container that has stopped is told by a 409 of Docker's and a 500
    /// of Podman's.
    /// </summary>
    public static GatewayError? Read(UpstreamResponse answer)
    {
        if (answer.IsSuccess || answer.Status == 304)
        {
            return null;
        }

        var message = EngineJson.Message(answer.Body);
        return answer.Status switch
        {
            _ when IsDiskFull(message) => DiskFull(answer.Status),
            404 => GatewayError.Missing("The container is gone.") with { UpstreamStatus = 404 },
            _ when IsStopped(message) => TranslatedErrors.Expired().Error,
            409 => Conflict(message),
            >= 500 => Failed(answer.Status, message),
            _ => Failed(answer.Status, message) with { Retryable = false },
        };
    }

    /// <summary>The answer, if it is a good one.</summary>
    public static UpstreamResponse Checked(UpstreamResponse answer) =>
        answer.Error is { } error ? throw new TranslationRefusedException(error) : answer;

    /// <summary>The answer to a create or start, whose refusal is about the configuration.</summary>
    public static UpstreamResponse Created(UpstreamResponse answer)
    {
        if (answer.Error is null or { Kind: not ErrorKind.Upstream })
        {
            return Checked(answer);
        }

        var message = EngineJson.Message(answer.Body);
        throw new TranslationRefusedException(
            GatewayError.BadUpstream(
                $"the container engine could not make the container{UpstreamMessage.Reason(message)}", answer.Status, "engine_refused")
                with { Detail = UpstreamMessage.Detail(message) });
    }

    /// <summary>The answer to an exec.</summary>
    public static UpstreamResponse Execution(UpstreamResponse answer) =>
        answer.Error is not null && EngineJson.Message(answer.Body) is var message && message.Contains(Shell.Program, StringComparison.Ordinal)
            ? throw ShellErrors.Unsuitable(Shell.Program, message)
            : Checked(answer);

    /// <summary>No connection can be made: the engine, and with it its containers, will be there again.</summary>
    public static GatewayError Away(GatewayError error, string key) => error with
    {
        Status = 503, Type = "server_error", Code = "engine_unreachable", Message = $"the container engine (key {key}) cannot be reached",
    };

    public static TranslationRefusedException Unreadable() =>
        new(GatewayError.BadUpstream("the container engine's answer could not be read", code: "invalid_upstream_response"));

    public static TranslationRefusedException NoImage(string image) => new(new GatewayError
    {
        Kind = ErrorKind.Upstream,
        Status = 503,
        Type = "server_error",
        Code = "image_not_found",
        Message = $"the container engine has no image '{image}'; pull or build it there",
        UpstreamStatus = 404,
        Retryable = false,
    });

    public static TranslationRefusedException PullFailed(string image, string reason) => new(new GatewayError
    {
        Kind = ErrorKind.Upstream,
        Status = 503,
        Type = "server_error",
        Code = "image_pull_failed",
        Message = $"the container engine could not pull the image '{image}'{UpstreamMessage.Reason(reason)}",
        Detail = $"image {image} could not be pulled: {UpstreamMessage.Detail(reason)}",
        RetryAfter = TimeSpan.FromSeconds(10),
    });

    public static TranslationRefusedException StillPulling(string progress) => new(new GatewayError
    {
        Kind = ErrorKind.Capacity, Status = 503, Type = "server_error", Code = "image_pulling", Message = $"{progress}; try again",
        RetryAfter = TimeSpan.FromSeconds(5),
    });

    public static TranslationRefusedException NoMemoryLimit() => new(
        GatewayError.BadUpstream(
            "the container engine cannot limit memory, so no container is made", code: "engine_refused") with { Retryable = false });

    private static bool IsDiskFull(string message) =>
        message.Contains("no space left", StringComparison.OrdinalIgnoreCase)
            || message.Contains("quota exceeded", StringComparison.OrdinalIgnoreCase);

    /// <summary>Docker: "container … is not running"; Podman: "container state improper".</summary>
    private static bool IsStopped(string message) =>
        message.Contains("not running", StringComparison.OrdinalIgnoreCase) || message.Contains("state improper", StringComparison.OrdinalIgnoreCase);

    private static GatewayError DiskFull(int status) => new()
    {
        Kind = ErrorKind.Capacity,
        Status = 507,
        Type = "server_error",
        Code = "storage_full",
        Message = "The container engine's storage is full.",
        UpstreamStatus = status,
        Retryable = false,
    };

    private static GatewayError Conflict(string message) => new()
    {
        Kind = ErrorKind.Conflict,
        Status = 409,
        Code = "container_conflict",
        Message = message.Contains("paused", StringComparison.OrdinalIgnoreCase)
            ? "The container is paused."
            : "The container is in a state that does not allow this.",
        UpstreamStatus = 409,
    };

    private static GatewayError Failed(int status, string message) =>
        GatewayError.BadUpstream($"the container engine failed ({status}){UpstreamMessage.Reason(message)}", status) with
        {
            Detail = UpstreamMessage.Detail(message),
        };
}
