using System.Security.Cryptography;
using System.Text;

namespace Gateway.Settings;

/// <summary>
/// Resolves <c>env.NAME</c> and <c>file:/path</c>, and keeps account of what was found: for the revision, and to keep it out of messages.
/// </summary>
internal sealed class References(Func<string, string?> environment, Findings findings) : IDisposable
{
    private const string EnvironmentPrefix = "env.";
    private const string FilePrefix = "file:";

    /// <summary>Largest secret file, in bytes. The largest honest one is a bundle of certificates.</summary>
    private const int MaxFileBytes = 1024 * 1024;

    private readonly IncrementalHash _found = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>True when a text refers to something instead of being it.</summary>
    public static bool IsReference(string text) =>
        text.StartsWith(EnvironmentPrefix, StringComparison.Ordinal) || text.StartsWith(FilePrefix, StringComparison.Ordinal);

    /// <summary>The reference to a file.</summary>
    public static string ToFile(string path) => FilePrefix + path;

    /// <summary>A secret: a literal is accepted with a warning, an empty one is refused.</summary>
    public Reference ResolveSecret(string path, string text)
    {
        var reference = Resolve(path, text);
        if (reference is Reference.Found { IsLiteral: true })
        {
            findings.Hide(text);
            findings.Warn(path, "the secret is written in the file; refer to it with env.NAME or file:/path");
        }

        return reference;
    }

    /// <summary>A text that goes on the wire: a value without control characters, literal or referred to.</summary>
    public Reference Resolve(string path, string text)
    {
        var reference = ResolveText(path, text);
        if (reference is not Reference.Found found)
        {
            return reference;
        }

        if (string.IsNullOrWhiteSpace(found.Text))
        {
            findings.Refuse(path, "must not be empty");
            return Reference.Refused.Instance;
        }

        // A line break in a header is a second header.
        if (found.Text.Any(char.IsControl))
        {
            findings.Refuse(path, $"{(found.IsLiteral ? "the text" : "what it refers to")} must not contain control characters");
            return Reference.Refused.Instance;
        }

        return found;
    }

    /// <summary>A text of any form, such as a certificate.</summary>
    public Reference ResolveText(string path, string text)
    {
        var reference = text.StartsWith(EnvironmentPrefix, StringComparison.Ordinal) ? FromEnvironment(path, text[EnvironmentPrefix.Length..])
            : text.StartsWith(FilePrefix, StringComparison.Ordinal) ? FromFile(path, text[FilePrefix.Length..])
            : new Reference.Found(text, IsLiteral: true);
        if (reference is Reference.Found { IsLiteral: false } found)
        {
            findings.Hide(found.Text);
            _found.AppendData(Encoding.UTF8.GetBytes($"{path}\0{found.Text}\0"));
        }

        return reference;
    }

    /// <summary>Hash of the file's bytes and everything found so far: 16 hexadecimal digits.</summary>
    public string Revision(ReadOnlySpan<byte> file)
    {
        _found.AppendData(file);
        return Convert.ToHexStringLower(_found.GetHashAndReset())[..16];
    }

    /// <summary>A variable of the environment that overrides a member; null when unset or empty.</summary>
    public string? Override(string variable)
    {
        var value = environment(variable) is { Length: > 0 } text ? text : null;
        _found.AppendData(Encoding.UTF8.GetBytes($"{variable}\0{value}\0"));
        return value;
    }

    /// <inheritdoc/>
    public void Dispose() => _found.Dispose();

    private Reference FromEnvironment(string path, string variable)
    {
        if (variable.Length == 0 || char.IsAsciiDigit(variable[0]) || !variable.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            findings.Refuse(path, "env. must be followed by the name of an environment variable");
            return Reference.Refused.Instance;
        }

        return environment(variable) switch
        {
            null => new Reference.Missing($"the environment variable {variable} is not set"),
            "" => new Reference.Missing($"the environment variable {variable} is empty"),
            var value => new Reference.Found(value, IsLiteral: false),
        };
    }

    private Reference FromFile(string path, string file)
    {
        if (!System.IO.Path.IsPathRooted(file) || file.Contains('\0'))
        {
            findings.Refuse(path, "file: must be followed by an absolute path");
            return Reference.Refused.Instance;
        }

        var name = System.IO.Path.GetFileName(file);
        try
        {
            using var stream = File.OpenRead(file);
            var bytes = new byte[MaxFileBytes + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > MaxFileBytes)
            {
                return new Reference.Missing($"the file {name} is larger than 1 MiB");
            }

            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.AsSpan(0, length)).TrimEnd('\r', '\n');
            return text.Length == 0 ? new Reference.Missing($"the file {name} is empty") : new Reference.Found(text, IsLiteral: false);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Reference.Missing($"the file {name} does not exist");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new Reference.Missing($"the file {name} cannot be read");
        }
        catch (DecoderFallbackException)
        {
            return new Reference.Missing($"the file {name} is not text in UTF-8");
        }
    }
}
