using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Providers.Contract;

namespace Gateway.Providers.OpenAI;

/// <summary>
/// Files of the provider's Files API, for containers elsewhere. <paramref name="root"/> holds the path segments in front of <c>files</c>.
/// </summary>
internal sealed class OpenAIFiles(ImmutableArray<string> root)
{
    private const int MaxIdLength = 128;

    private static readonly SearchValues<char> s_idCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>The file with this id, or null.</summary>
    public async ValueTask<SourceFile?> FindAsync(string fileId, IUpstream upstream, CancellationToken cancellationToken)
    {
        // `file-…` at OpenAI and Azure. A container's own files (`cfile_…`) cannot be found without their container.
        if (!fileId.StartsWith("file", StringComparison.Ordinal) || fileId.Length > MaxIdLength || fileId.AsSpan().ContainsAnyExcept(s_idCharacters))
        {
            return null;
        }

        return await upstream.SendAsync(Get(RequestTarget.Of([.. root, "files", fileId])), cancellationToken) switch
        {
            UpstreamResult.Answered { Response: { IsSuccess: true } answer } =>
                new SourceFile(fileId, NameOf(answer.Body) ?? fileId, token => OpenAsync(fileId, upstream, token)),
            var other => Missing<SourceFile>(other),
        };
    }

    private async ValueTask<SourceBytes?> OpenAsync(string fileId, IUpstream upstream, CancellationToken cancellationToken) =>
        await upstream.OpenAsync(Get(RequestTarget.Of([.. root, "files", fileId, "content"])) with { Accept = "*/*" }, cancellationToken)
            switch
        {
            UpstreamResult.Opened opened => new SourceBytes(opened.Body, null),
            var other => Missing<SourceBytes>(other),
        };

    /// <summary>Null where there is no such file; a provider that failed has said nothing about it.</summary>
    private static T? Missing<T>(UpstreamResult result)
        where T : class => result switch
    {
        UpstreamResult.Answered { Response: { Status: 429 or >= 500 } answer } =>
            throw new UpstreamBrokenException(GatewayError.BadUpstream($"the file's provider failed ({answer.Status})", answer.Status)),
        UpstreamResult.Failed failed => throw new UpstreamBrokenException(failed.Error),
        _ => null,
    };

    private static UpstreamRequest Get(RequestTarget target) => new() { Method = "GET", Target = target, Idempotency = Idempotency.Safe };

    /// <summary>The name without directories, which are the sender's business.</summary>
    private static string? NameOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.GetProperty("filename").GetString() is { } name
                && name[(name.LastIndexOfAny(['/', '\\']) + 1)..] is { Length: > 0 } last
                ? last
                : null;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
