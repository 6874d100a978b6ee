using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Local;

/// <summary>A copy of a file that is on its way into a container.</summary>
/// <param name="Source">What is copied.</param>
/// <param name="Target">Where it goes.</param>
/// <param name="Draft">Its bytes here.</param>
internal sealed record LocalCopy(SourceFile Source, UploadTarget Target, LocalStoreDraft Draft)
{
    /// <summary>Content type of the copy.</summary>
    public string ContentType => LocalUploads.ContentTypeOf(Source.ContentType);

    /// <summary>Receives all of it.</summary>
    /// <param name="alive">Called for each piece; throws when there is no point in going on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask ReceiveAsync(Action alive, CancellationToken cancellationToken)
    {
        var bytes = await SourceFiles.OpenAsync(Source, Target.Param, cancellationToken);
        await using (bytes.Content)
        {
            Draft.Expect(bytes.Length ?? 0);
            await Draft.ReceiveAsync(bytes.Content, alive, cancellationToken);
        }
    }
}
