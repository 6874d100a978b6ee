namespace Gateway.Settings;

/// <summary>What became of a text that may refer to a secret.</summary>
internal abstract record Reference
{
    private Reference()
    {
    }

    /// <summary>There is a text to use.</summary>
    /// <param name="Text">The text.</param>
    /// <param name="IsLiteral">True when the file holds the text itself.</param>
    public sealed record Found(string Text, bool IsLiteral) : Reference
    {
        /// <summary>Not the text: it may be a secret.</summary>
        public override string ToString() => "***";
    }

    /// <summary>What is referred to is not there: what depends on it cannot be used, but the gateway starts.</summary>
    /// <param name="Reason">Names the variable or file.</param>
    public sealed record Missing(string Reason) : Reference;

    /// <summary>The reference is wrong, and has been reported.</summary>
    public sealed record Refused : Reference
    {
        /// <summary>The only instance.</summary>
        public static readonly Refused Instance = new();
    }
}
