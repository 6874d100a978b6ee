using Gateway.Providers.Contract;

namespace Gateway.Providers.Translation;

/// <summary>What it means to a client that a script of <see cref="Shell"/> did not do what it was asked.</summary>
internal static class ShellErrors
{
    /// <summary>A script's refusal to look at, or to delete, a file.</summary>
    public static TranslationRefusedException Of(ShellResult result, string fileId = "") => result.Word switch
    {
        "missing" or "link" or "notdir" => TranslatedErrors.UnknownFile(fileId),
        "denied" => Denied(),
        "tool" => Unsuitable(result.Arguments.FirstOrDefault("")),
        _ => NoResult(""),
    };

    /// <summary>A script's refusal to put a file where <paramref name="param"/> says.</summary>
    public static TranslationRefusedException OfPlacing(ShellResult result, string param) => result.Word switch
    {
        "short" => new(GatewayError.BadUpstream("the provider did not store the whole file", code: "invalid_upstream_response")),
        "link" => TranslatedErrors.Invalid($"The path in '{param}' cannot be used: it leads through a symbolic link.", param),
        "notdir" => Taken("A part of the path is a file, not a directory.", param),
        "isdir" => Taken("There is a directory at this path.", param),
        "denied" => Denied(param),
        _ => Of(result),
    };

    /// <summary>A script that did not come to its end.</summary>
    /// <param name="errors">What was written to its standard error.</param>
    public static TranslationRefusedException NoResult(string errors) =>
        errors.Contains(Shell.Program, StringComparison.Ordinal) && !errors.Contains('\n', StringComparison.Ordinal)
            ? Unsuitable(Shell.Program, errors)
            : new(GatewayError.BadUpstream("the container did not carry the operation out", code: "invalid_upstream_response"));

    /// <summary>The image lacks a program that files cannot be handled without.</summary>
    public static TranslationRefusedException Unsuitable(string program, string message = "") => new(
        GatewayError.BadUpstream(
            $"the image has no usable '{program}'{UpstreamMessage.Reason(message)}; it needs /bin/sh and find, stat, mkdir, mv, rm and dd, "
            + "as every image with coreutils or busybox has",
            code: "image_unsuitable") with { Retryable = false, Detail = UpstreamMessage.Detail(message) });

    private static TranslationRefusedException Denied(string? param = null) =>
        new(GatewayError.Invalid("The container's user may not do that to this file.", param, "permission_denied", status: 403));

    private static TranslationRefusedException Taken(string message, string param) => new(new GatewayError
    {
        Kind = ErrorKind.Conflict, Status = 409, Message = message, Param = param, Code = "path_conflict", Retryable = false,
    });
}
