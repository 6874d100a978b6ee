using Gateway.Providers.Contract;

namespace Gateway.Providers.Translation;

/// <summary>
/// Finds the files that <c>file_id</c> and <c>file_ids</c> name: the provider's own first, which it must keep apart by tenant itself
/// (<see cref="Dialect.KeepsTenant"/>), then those of all others.
/// </summary>
/// <param name="owner">The provider itself.</param>
/// <param name="root">Where its containers keep their files, with a slash at its end.</param>
internal sealed class SourceFiles(IFileOwner owner, string root)
{
    /// <summary>Finds the files a new container shall start with; all are looked up before anything is made.</summary>
    public async ValueTask<IReadOnlyList<SourceFile>> FindAllAsync(
        IReadOnlyList<string> ids, Tenant? tenant, IUpstream upstream, CancellationToken cancellationToken)
    {
        const string Param = "file_ids";
        var found = new List<SourceFile>();
        foreach (var id in ids)
        {
            found.Add(await FindAsync(id, Param, tenant, upstream, cancellationToken));
        }

        return found.GroupBy(file => file.Name).FirstOrDefault(group => group.Count() > 1) is { } clash
            ? throw TranslatedErrors.Invalid($"'{Param}' names more than one file called '{clash.Key}'.", Param)
            : found;
    }

    /// <summary>Finds one file; throws <see cref="TranslationRefusedException"/> (404) when nobody has it.</summary>
    public async ValueTask<SourceFile> FindAsync(
        string id, string param, Tenant? tenant, IUpstream upstream, CancellationToken cancellationToken)
    {
        if (await owner.FindFileAsync(id, tenant, upstream, cancellationToken) is { } own)
        {
            return own;
        }

        // Others name their files by rules of their own.
        return await upstream.FindFileAsync(id, cancellationToken) is { } file
            ? TranslatedPath.TryParse(file.Name, root, out _, out _) ? file : file with { Name = id }
            : throw TranslatedErrors.UnknownFile(id, param);
    }

    /// <summary>Opens what was found; throws <see cref="TranslationRefusedException"/> when it cannot be read.</summary>
    public static async ValueTask<SourceBytes> OpenAsync(SourceFile file, string param, CancellationToken cancellationToken) =>
        await file.OpenAsync(cancellationToken) ?? throw TranslatedErrors.Invalid($"The file with id '{file.Id}' cannot be read where it is.", param);
}
