using System.Text;

namespace Gateway.Api;

/// <summary>
/// The names of those objects of a JSON text that are open at the place a reader has come to. Tells a name that is given twice, and where; bounded,
/// since a text of nothing but short names would take many times its own size.
/// </summary>
internal sealed class JsonNames
{
    /// <summary>Up to so many members, looking through them is cheaper than a set.</summary>
    private const int Few = 16;

    /// <summary>Most members of the open objects together.</summary>
    private const int MaxNames = 100_000;

    /// <summary>Most characters of their names together.</summary>
    private const int MaxCharacters = 1024 * 1024;

    /// <summary>The name is the client's, and as long as it likes.</summary>
    private const int MaxShown = 100;

    private readonly List<string> _names = [];
    private readonly List<Level> _levels = [];
    private int _depth;
    private int _characters;

    /// <summary>Whether there are too many names to remember.</summary>
    public bool AreTooMany => _names.Count > MaxNames || _characters > MaxCharacters;

    /// <summary>Path of the member come to last, such as <c>network_policy.allowed_domains</c> or <c>skills[1].name</c>.</summary>
    public string Path
    {
        get
        {
            var path = new StringBuilder();
            foreach (var level in _levels[.._depth])
            {
                if (level.IsArray)
                {
                    path.Append('[').Append(level.Items - 1).Append(']');
                }
                else
                {
                    path.Append(path.Length > 0 ? "." : "").Append(Shortened(level.Name!));
                }
            }

            return Shortened(path.ToString());
        }
    }

    private Level Innermost => _levels[_depth - 1];

    /// <summary>An object or array begins.</summary>
    public void Open(bool isArray)
    {
        Item();
        if (_depth == _levels.Count)
        {
            _levels.Add(new Level());
        }

        _levels[_depth++].Begin(isArray, _names.Count);
    }

    /// <summary>It ends.</summary>
    public void Close()
    {
        var first = Innermost.First;
        for (var i = first; i < _names.Count; i++)
        {
            _characters -= _names[i].Length;
        }

        _names.RemoveRange(first, _names.Count - first);
        _depth--;
    }

    /// <summary>A value begins, which within an array is its next item.</summary>
    public void Item()
    {
        if (_depth > 0)
        {
            Innermost.Items++;
        }
    }

    /// <summary>A member begins; false when its object has one of this name.</summary>
    public bool TryAdd(string name)
    {
        var isNew = Innermost.TryAdd(name, _names);
        _names.Add(name);
        _characters += name.Length;
        return isNew;
    }

    private static string Shortened(string text) => text.Length <= MaxShown ? text : text[..MaxShown] + "…";

    /// <summary>An object or array that is open; used again for the next one at its depth.</summary>
    private sealed class Level
    {
        private HashSet<string>? _set;

        public bool IsArray { get; private set; }

        /// <summary>Index of its first name.</summary>
        public int First { get; private set; }

        /// <summary>Its member come to last.</summary>
        public string? Name { get; private set; }

        /// <summary>Items of an array so far.</summary>
        public int Items { get; set; }

        public void Begin(bool isArray, int first)
        {
            (IsArray, First, Name, Items) = (isArray, first, null, 0);
            _set = null;
        }

        public bool TryAdd(string name, List<string> names)
        {
            Name = name;
            if (_set is null && names.Count - First >= Few)
            {
                _set = new HashSet<string>(names[First..], StringComparer.Ordinal);
            }

            return _set?.Add(name) ?? names.IndexOf(name, First) < 0;
        }
    }
}
