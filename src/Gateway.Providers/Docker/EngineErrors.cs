using Gateway.Providers.Contract;
using Gateway.Providers.Sandbox;

namespace Gateway.Providers.Docker;

/// <summary>What an engine's failures mean to a client. Its own words may name paths of its host; they are shown only where an operator needs them.</summary>
internal static class EngineErrors
{
    private const int MaxShown = 200;

    /// <summary>The answer, if it is a good one.</summary>
    public static NativeAnswer Checked(NativeAnswer answer)
    {
        if (answer.IsSuccess)
        {
            return answer;
        }

        var message = EngineJson.Message(answer.Body);
        throw answer.Status switch
        {
            _ when IsDiskFull(message) => DiskFull(answer.Status),
            404 => Gone(),
            409 => Conflict(message),
            _ => Failed(answer.Status),
        };
    }

    /// <summary>The answer to a create or start, whose refusal is about the configuration.</summary>
    public static NativeAnswer Created(NativeAnswer answer)
    {
        if (answer.IsSuccess || answer.Status is 404 or 409 || IsDiskFull(EngineJson.Message(answer.Body)))
        {
            return Checked(answer);
        }

        var message = EngineJson.Message(answer.Body);
        var reason = message.Length is > 0 and <= MaxShown && !message.Contains('/', StringComparison.Ordinal) && !message.Any(char.IsControl)
            ? $": {message}"
            : "; its log says why";
        throw new SandboxRefusedException(
            GatewayError.BadUpstream($"the container engine could not make the container{reason}", answer.Status, "engine_refused"));
    }

    /// <summary>The answer to an exec.</summary>
    public static NativeAnswer Execution(NativeAnswer answer)
    {
        if (answer.IsSuccess)
        {
            return answer;
        }

        var message = EngineJson.Message(answer.Body);

        // Docker answers 409, Podman 500, to a container that has stopped.
        if (message.Contains("not running", StringComparison.OrdinalIgnoreCase) || message.Contains("state improper", StringComparison.OrdinalIgnoreCase))
        {
            throw SandboxErrors.Expired();
        }

        throw message.Contains(Shell.Program, StringComparison.Ordinal) ? Unsuitable(Shell.Program) : Refusal(answer);
    }

    public static SandboxRefusedException Unreadable() =>
        new(GatewayError.BadUpstream("the container engine's answer could not be read", code: "provider_invalid_response"));

    public static SandboxRefusedException NoImage(string image) => new(new GatewayError
    {
        Kind = ErrorKind.Upstream,
        Status = 503,
        Type = "server_error",
        Code = "image_not_found",
        Message = $"the container engine has no image '{image}'; pull or build it there",
        UpstreamStatus = 404,
        Repeatable = false,
    });

    public static SandboxRefusedException NoMemoryLimit() => new(
        GatewayError.BadUpstream("the container engine cannot limit memory, so no container is made", code: "engine_refused") with { Repeatable = false });

    /// <summary>The image lacks a program that files cannot be handled without.</summary>
    public static SandboxRefusedException Unsuitable(string program) => new(
        GatewayError.BadUpstream(
            $"the image has no usable '{program}'; it needs /bin/sh and find, stat, mkdir, mv, rm and dd, as every image with coreutils or busybox has",
            code: "image_unsuitable") with { Repeatable = false });

    public static SandboxRefusedException NoShellAnswer(string errors) =>
        errors.Contains(Shell.Program, StringComparison.Ordinal) && !errors.Contains('\n', StringComparison.Ordinal)
            ? Unsuitable(Shell.Program)
            : new(GatewayError.BadUpstream("the container did not carry the operation out", code: "provider_invalid_response"));

    public static SandboxRefusedException Denied(string? param = null) =>
        new(GatewayError.Invalid("The container's user may not do that to this file.", param, "permission_denied", status: 403));

    public static SandboxRefusedException Taken(string message, string param) => new(new GatewayError
    {
        Kind = ErrorKind.Conflict, Status = 409, Message = message, Param = param, Code = "path_conflict", Repeatable = false,
    });

    public static SandboxRefusedException NotStored() =>
        new(GatewayError.BadUpstream("the container engine did not store the whole file", code: "provider_invalid_response"));

    private static SandboxRefusedException Refusal(NativeAnswer answer)
    {
        Checked(answer);
        return Unreadable();
    }

    private static bool IsDiskFull(string message) =>
        message.Contains("no space left", StringComparison.OrdinalIgnoreCase) || message.Contains("quota exceeded", StringComparison.OrdinalIgnoreCase);

    private static SandboxRefusedException DiskFull(int status) => new(new GatewayError
    {
        Kind = ErrorKind.Capacity,
        Status = 507,
        Type = "server_error",
        Code = "storage_full",
        Message = "The container engine's storage is full.",
        UpstreamStatus = status,
        Repeatable = false,
    });

    private static SandboxRefusedException Gone() => new(GatewayError.Missing("The container is gone.") with { UpstreamStatus = 404 });

    private static SandboxRefusedException Conflict(string message) => new(new GatewayError
    {
        Kind = ErrorKind.Conflict,
        Status = 409,
        Code = "container_conflict",
        Message = message.Contains("paused", StringComparison.OrdinalIgnoreCase)
            ? "The container is paused."
            : "The container is in a state that does not allow this.",
        UpstreamStatus = 409,
    });

    private static SandboxRefusedException Failed(int status) =>
        new(GatewayError.BadUpstream($"the container engine failed ({status})", status));
}
