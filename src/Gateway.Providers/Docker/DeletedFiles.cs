using System.Collections.Concurrent;

namespace Gateway.Providers.Docker;

/// <summary>A file's place in a list: by time, then by path.</summary>
/// <param name="Id">Its id.</param>
/// <param name="File">The file.</param>
internal sealed record ListPosition(string Id, ShellFile File)
{
    public static ListPosition Of(DockerContainer container, ShellFile file) => new(DockerFileId.Of(container.Id, file.Path), file);

    /// <summary>The order of a list: negative when one comes first.</summary>
    public static int Compare(ListPosition one, ListPosition other) =>
        one.File.ModifiedAt.CompareTo(other.File.ModifiedAt) is not 0 and var order ? order : string.CompareOrdinal(one.File.Path, other.File.Path);
}

/// <summary>Places of files deleted of late, so that a client that deletes a page can go on behind it. Only this instance knows them.</summary>
internal sealed class DeletedFiles
{
    private const int Capacity = 10_000;

    private readonly ConcurrentDictionary<string, ListPosition> _places = new();
    private readonly ConcurrentQueue<string> _order = new();

    /// <summary>Remembers a place, and forgets the oldest beyond the capacity.</summary>
    public void Add(ListPosition place)
    {
        _places[place.Id] = place;
        _order.Enqueue(place.Id);
        while (_order.Count > Capacity && _order.TryDequeue(out var oldest))
        {
            _places.TryRemove(oldest, out _);
        }
    }

    /// <summary>The place of a deleted file, or null.</summary>
    public ListPosition? Find(string id) => _places.GetValueOrDefault(id);
}
