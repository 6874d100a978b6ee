using Gateway.Providers.Contract;
using Gateway.Providers.Streams;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Api;

/// <summary>An upload whose <c>file</c> part has been reached.</summary>
internal sealed class MultipartUpload : Upload
{
    private readonly HttpContext _http;
    private readonly MultipartReader _reader;
    private readonly MultipartFields _fields;
    private readonly RecordingStream _recording;

    public MultipartUpload(
        HttpContext http, MultipartReader reader, MultipartSection section, PartDisposition disposition, MultipartFields fields,
        RecordingStream recording, string boundary, int index)
    {
        _http = http;
        _reader = reader;
        _fields = fields;
        _recording = recording;
        FileName = disposition.FileName;
        PartContentType = section.ContentType;
        Before = new UploadFields(fields.FilePath, fields.FileId);
        Content = new FaultStream(section.Body);
        RawContentType = http.Request.ContentType!;
        MaxContentLength = http.Request.ContentLength - MultipartBytes.AroundLastSection(recording.Recorded.Span, boundary, index);
        var prefix = MultipartBytes.WithoutSection(recording.Recorded, boundary, fields.ProviderSections);
        var cut = recording.Recorded.Length - prefix.Length;
        RawLength = http.Request.ContentLength - cut;
        var content = MultipartBytes.ContentOf(recording.Recorded.Span, boundary, index) ?? recording.Recorded.Length;
        Raw = new ProviderFilter(
            new ConcatenatedStream(prefix, http.Request.Body), boundary, content - cut - 2, RawLength is not null, CheckProvider);
        recording.Stop();
    }

    public override string? FileName { get; }

    public override string? PartContentType { get; }

    public override UploadFields Before { get; }

    public override long? MaxContentLength { get; }

    public override Stream Content { get; }

    public override Stream Raw { get; }

    public override long? RawLength { get; }

    public override string RawContentType { get; }

    public override async ValueTask<UploadFields> FinishAsync(CancellationToken cancellationToken)
    {
        // The reader bounds what stands behind the last boundary by the same number.
        _reader.HeadersLengthLimit = MultipartReading.Overhead;
        try
        {
            while (await _reader.ReadNextSectionAsync(cancellationToken) is { } section)
            {
                if (PartDisposition.Read(section.ContentDisposition, out var disposition) is { } unnamed)
                {
                    throw new InvalidUploadException(MultipartReading.Invalid(unnamed));
                }

                if (disposition!.Name == "file")
                {
                    throw new InvalidUploadException(GatewayError.Invalid("only one file can be uploaded at a time", "file", "invalid_value"));
                }

                if ((await _fields.AddAsync(section, disposition, cancellationToken) ?? CheckProvider(_fields.Provider)) is { } error)
                {
                    throw new InvalidUploadException(error);
                }
            }
        }
        catch (Exception exception) when (exception is IOException and not InvalidUploadException)
        {
            throw new InvalidUploadException(MultipartReading.Fault((IOException)exception), exception);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidUploadException(MultipartReading.Invalid("a part behind the file is malformed"), exception);
        }

        return new UploadFields(_fields.FilePath, _fields.FileId);
    }

    /// <summary>By now a provider has been chosen.</summary>
    private GatewayError? CheckProvider(string? named) => ProviderChoice.CheckLate(named, _http.Exchange().Provider);

    /// <summary>Turns the ways a body can break into <see cref="InvalidUploadException"/>.</summary>
    private sealed class FaultStream(Stream inner) : ForwardOnlyStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return await inner.ReadAsync(buffer, cancellationToken);
            }
            catch (IOException exception) when (exception is not InvalidUploadException)
            {
                throw new InvalidUploadException(MultipartReading.Fault(exception), exception);
            }
            catch (InvalidDataException exception)
            {
                throw new InvalidUploadException(MultipartReading.Invalid("the file's part is malformed"), exception);
            }
        }
    }

    /// <summary>Bytes that are there, then a stream.</summary>
    private sealed class ConcatenatedStream(ReadOnlyMemory<byte> first, Stream second) : ForwardOnlyStream
    {
        private ReadOnlyMemory<byte> _first = first;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_first.IsEmpty)
            {
                return second.ReadAsync(buffer, cancellationToken);
            }

            var count = Math.Min(buffer.Length, _first.Length);
            _first[..count].CopyTo(buffer);
            _first = _first[count..];
            return ValueTask.FromResult(count);
        }
    }
}
