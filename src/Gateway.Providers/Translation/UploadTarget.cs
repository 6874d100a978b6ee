using Gateway.Providers.Contract;

namespace Gateway.Providers.Translation;

/// <summary>Where a new file goes, and which member of the request says so.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Param">To be named in errors about the path.</param>
internal readonly record struct UploadTarget(TranslatedPath Path, string Param)
{
    /// <summary>
    /// What a multipart body carries besides the file: boundaries, headers, three fields of at most 64 KiB. The rest of its length is the file.
    /// </summary>
    public const long MaxOverhead = 256 * 1024;

    private const string FilePath = "file_path";
    private const string DefaultName = "upload";

    /// <summary>Refuses an upload for what is known to be wrong before its bytes are received.</summary>
    public static void Check(Upload upload, string root)
    {
        RefuseReference(upload.Before);
        if (upload.Before.FilePath is { } early)
        {
            Of(early, FilePath, root);
        }
    }

    /// <summary>Reads what follows the bytes, which says where they go: <c>file_path</c>, else the file's name.</summary>
    public static async ValueTask<UploadTarget> FinishAsync(Upload upload, string root, CancellationToken cancellationToken)
    {
        var fields = await upload.FinishAsync(cancellationToken);
        RefuseReference(fields);
        return fields.FilePath is { } wanted ? Of(wanted, FilePath, root) : Of(upload.FileName ?? DefaultName, "file", root);
    }

    /// <summary>Where a reference says its copy goes, or null when it leaves that to the name of the file.</summary>
    public static UploadTarget? Of(CallBody.FileReference reference, string root) =>
        reference.FilePath is { } path ? Of(path, FilePath, root) : null;

    /// <summary>Where a copy goes that keeps its name.</summary>
    public static UploadTarget Of(SourceFile source, string param, string root) => new(TranslatedPath.InRoot(root, source.Name), param);

    /// <summary>The place a text names; throws <see cref="TranslationRefusedException"/> (400).</summary>
    public static UploadTarget Of(string text, string param, string root) =>
        TranslatedPath.TryParse(text, root, out var path, out var reason)
            ? new UploadTarget(path, param)
            : throw TranslatedErrors.Invalid($"The path in '{param}' cannot be used: it {reason}.", param);

    /// <summary>A request that brings neither bytes nor a reference.</summary>
    public static TranslationRefusedException Nothing() =>
        TranslatedErrors.Invalid("Either 'file' or 'file_id' is required.", "file", "missing_required_parameter");

    private static void RefuseReference(UploadFields fields)
    {
        if (fields.FileId is not null)
        {
            throw TranslatedErrors.Invalid("'file' and 'file_id' cannot be used together.", "file_id");
        }
    }
}
