namespace Gateway.Providers.Contract;

/// <summary>What a call carries besides its path and query.</summary>
public abstract record CallBody
{
    private CallBody()
    {
    }

    /// <summary>No body, or one that has no meaning.</summary>
    public sealed record None : CallBody
    {
        /// <summary>The only instance.</summary>
        public static readonly None Instance = new();
    }

    /// <summary>A container to create.</summary>
    /// <param name="Spec">The known members.</param>
    /// <param name="Json">The client's bytes without <c>provider</c>; unknown members, number text and order are as sent.</param>
    public sealed record NewContainer(ContainerSpec Spec, ReadOnlyMemory<byte> Json) : CallBody;

    /// <summary>A file to create from one that exists elsewhere.</summary>
    /// <param name="FileId">The existing file.</param>
    /// <param name="FilePath">Wanted path, or null.</param>
    /// <param name="Raw">The client's body (JSON or multipart) without <c>provider</c>.</param>
    /// <param name="ContentType">Content type of <paramref name="Raw"/>.</param>
    public sealed record FileReference(string FileId, string? FilePath, ReadOnlyMemory<byte> Raw, string ContentType) : CallBody;

    /// <summary>A file to create from the bytes that follow.</summary>
    /// <param name="Upload">The streaming body.</param>
    public sealed record NewFile(Upload Upload) : CallBody;
}
