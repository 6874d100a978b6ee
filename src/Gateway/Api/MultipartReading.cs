using Gateway.Providers.Contract;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api;

/// <summary>
/// Reads a multipart body up to its <c>file</c> part. What was read is kept, so that a pass-through provider can be sent the client's own bytes, and
/// the file itself is never held.
/// </summary>
internal static class MultipartReading
{
    /// <summary>Most bytes of fields and headers in front of the file.</summary>
    public const int MaxPrefix = 256 * 1024;

    /// <summary>Allowance for fields, headers and boundaries on top of the largest file.</summary>
    public const int Overhead = 1024 * 1024;

    /// <summary>The framework's default of 4 KiB makes an upload cost twice its CPU time.</summary>
    private const int BufferSize = 64 * 1024;

    /// <summary>RFC 2046 §5.1.1.</summary>
    private const int MaxBoundary = 70;

    private const int MaxFields = 64;

    public static async ValueTask<Parsed<CallBody>> ReadAsync(
        HttpContext http, MediaTypeHeaderValue type, ProviderChoice provider, CancellationToken cancellationToken)
    {
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        if (boundary.Length is 0 or > MaxBoundary)
        {
            return Invalid("the boundary is missing or longer than 70 characters");
        }

        var exchange = http.Exchange();
        var most = Math.Min(exchange.Settings.Client.MaxFileBytes, exchange.Directives.Caller.Rights.Limits.MaxFileBytes ?? long.MaxValue);
        if (BodyReader.Limit(http, most + Overhead) is { } tooLarge)
        {
            return tooLarge;
        }

        var recording = new RecordingStream(http.Request.Body, MaxPrefix);
        var reader = new MultipartReader(boundary, recording, BufferSize) { HeadersLengthLimit = 16 * 1024, HeadersCountLimit = 32 };
        var fields = new MultipartFields();
        try
        {
            for (var count = 0; count <= MaxFields; count++)
            {
                if (await reader.ReadNextSectionAsync(cancellationToken) is not { } section)
                {
                    return Reference(fields, provider, recording, boundary, http.Request.ContentType!);
                }

                if (count == 0 && !MultipartBytes.BoundaryBeginsALine(recording.Recorded.Span, boundary))
                {
                    return Invalid("its first boundary does not begin a line");
                }

                if (section.Headers?.Keys.Any(name => name.StartsWith("--", StringComparison.Ordinal)) == true)
                {
                    return Invalid("a boundary stands among the headers of a part");
                }

                if (PartDisposition.Read(section.ContentDisposition, out var disposition) is { } unnamed)
                {
                    return Invalid(unnamed);
                }

                if (disposition!.Name == "file")
                {
                    // Two names that differ in what is no text would be the same file.
                    if (disposition.FileName?.Contains('\uFFFD', StringComparison.Ordinal) == true)
                    {
                        return GatewayError.Invalid("the file's name is not valid UTF-8", "file", "invalid_value");
                    }

                    return provider.Add(fields.Provider) ?? (Parsed<CallBody>)new CallBody.NewFile(
                        new MultipartUpload(http, reader, section, disposition, fields, recording, boundary, count));
                }

                if (await fields.AddAsync(section, disposition, cancellationToken) is { } error)
                {
                    return error;
                }
            }

            return Invalid($"more than {MaxFields} fields in front of the file");
        }
        catch (IOException exception) when (Fault(exception) is { } error)
        {
            return error;
        }
        catch (InvalidDataException)
        {
            return Invalid("the headers of a part are too large, or the parts are not separated by the boundary");
        }
    }

    /// <summary>What is wrong with a body that ended or broke while it was read.</summary>
    public static GatewayError Fault(IOException exception) => exception switch
    {
        InvalidUploadException invalid => invalid.Error,
        BadHttpRequestException bad => ClientFaults.Of(bad),
        Microsoft.AspNetCore.Connections.ConnectionResetException => Upstream.TransportFailure.ClientLeft.Error,
        _ => Invalid("the body ends before its closing boundary"),
    };

    public static GatewayError Invalid(string reason) =>
        GatewayError.Invalid($"Invalid multipart body: {reason}", code: "invalid_multipart");

    private static Parsed<CallBody> Reference(
        MultipartFields fields, ProviderChoice provider, RecordingStream recording, string boundary, string contentType)
    {
        if (provider.Add(fields.Provider) is { } error)
        {
            return error;
        }

        if (NewFileReader.TooLong(fields.FileId, "file_id") is { } tooLong)
        {
            return tooLong;
        }

        return string.IsNullOrEmpty(fields.FileId)
            ? GatewayError.Invalid("file is required for multipart upload", "file", "missing_required_parameter")
            : new CallBody.FileReference(
                fields.FileId, fields.FilePath, MultipartBytes.WithoutSection(recording.Recorded, boundary, fields.ProviderSections), contentType);
    }
}
