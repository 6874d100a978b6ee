namespace Gateway.Fakes;

/// <summary>The repository the tests were built from.</summary>
internal static class Repository
{
    /// <summary>Its root, an absolute path.</summary>
    public static string Root { get; } = Find();

    /// <summary>The text of a file.</summary>
    /// <param name="path">Its path from the root.</param>
    public static string Read(string path) => File.ReadAllText(System.IO.Path.Combine(Root, path));

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(folder, "Gateway.sln")))
        {
            folder = System.IO.Path.GetDirectoryName(folder.TrimEnd('/'))!;
        }

        return folder;
    }
}
