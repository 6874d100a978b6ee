using Gateway.Providers.Contract;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api;

/// <summary>Reads the body of a file create, which is multipart (an upload or a reference) or JSON (a reference).</summary>
internal static class NewFileReader
{
    public static async ValueTask<Parsed<CallBody>> ReadAsync(HttpContext http, ProviderChoice provider, CancellationToken cancellationToken)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type))
        {
            return Unsupported();
        }

        if (type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            return await MultipartReading.ReadAsync(http, type, provider, cancellationToken);
        }

        return JsonType.Is(type)
            ? await ReadReferenceAsync(http, provider, cancellationToken)
            : Unsupported();
    }

    /// <summary>The error of a file's id that no provider can have given, or null: as long as an id in a path may be.</summary>
    public static GatewayError? TooLong(string? id, string param) =>
        id?.Length > IdRules.MaxLength ? GatewayError.Invalid($"{param} is longer than {IdRules.MaxLength} characters", param, "invalid_id") : null;

    private static GatewayError Unsupported() => GatewayError.Invalid(
        "Content-Type must be multipart/form-data (with a \"file\" part) or application/json (with a \"file_id\")",
        "Content-Type", "unsupported_media_type", StatusCodes.Status415UnsupportedMediaType);

    private static async ValueTask<Parsed<CallBody>> ReadReferenceAsync(
        HttpContext http, ProviderChoice provider, CancellationToken cancellationToken)
    {
        if (!(await JsonFields.ReadAsync(http, "Invalid JSON body", cancellationToken)).Ok(out var fields, out var error))
        {
            return error;
        }

        var named = fields.Text("provider");
        var file = fields.Text("file_id");
        var path = fields.Text("file_path");
        if ((named.Error ?? file.Error ?? path.Error ?? provider.Add(named.Value)) is { } fault)
        {
            return fault;
        }

        return string.IsNullOrEmpty(file.Value)
            ? GatewayError.Invalid("file_id is required in JSON body", "file_id", "missing_required_parameter")
            : TooLong(file.Value, "file_id") is { } tooLong ? tooLong
            : new CallBody.FileReference(file.Value, path.Value, fields.WithoutProvider, "application/json");
    }
}
