namespace Gateway.Api;

/// <summary>Questions about text that a client chose.</summary>
internal static class ClientText
{
    /// <summary>Whether a control character is in it.</summary>
    public static bool HasControls(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c))
            {
                return true;
            }
        }

        return false;
    }
}
