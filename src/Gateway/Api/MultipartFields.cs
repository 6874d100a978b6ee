using System.Text;
using Gateway.Providers.Contract;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Api;

/// <summary>
/// The text fields of a multipart body that mean something to the gateway. Others are skipped here and travel on where the body does.
/// </summary>
internal sealed class MultipartFields
{
    private const int MaxValue = 64 * 1024;
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private int _sections;

    public string? Provider { get; private set; }

    public string? FileId { get; private set; }

    public string? FilePath { get; private set; }

    /// <summary>Positions of the <c>provider</c> fields among all parts, from 0.</summary>
    public List<int> ProviderSections { get; } = [];

    /// <summary>Reads one field; returns what is wrong with it, or null.</summary>
    public async ValueTask<GatewayError?> AddAsync(
        MultipartSection section, PartDisposition disposition, CancellationToken cancellationToken)
    {
        var index = _sections++;
        var name = disposition.Name;
        if (name is not ("provider" or "file_id" or "file_path"))
        {
            return null;
        }

        using var value = new MemoryStream();
        var buffer = new byte[4096];
        int read;
        while ((read = await section.Body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            value.Write(buffer, 0, read);
            if (value.Length > MaxValue)
            {
                return GatewayError.Invalid($"{name} is longer than {MaxValue} bytes", name, "invalid_value");
            }
        }

        return Read(name, value.GetBuffer().AsSpan(0, (int)value.Length), out var text) ?? Set(name, text, index);
    }

    /// <summary>Reads the value of a field; returns what is wrong with it, or null.</summary>
    public static GatewayError? Read(string name, ReadOnlySpan<byte> value, out string text)
    {
        try
        {
            text = s_strict.GetString(value).Trim();
            return null;
        }
        catch (DecoderFallbackException)
        {
            text = "";
            return GatewayError.Invalid($"{name} is not valid UTF-8", name, "invalid_value");
        }
    }

    private GatewayError? Set(string name, string text, int index)
    {
        var known = name switch
        {
            "provider" => Provider,
            "file_id" => FileId,
            _ => FilePath,
        };
        if (known is not null && known != text)
        {
            return GatewayError.Invalid($"{name} is given twice with different values", name, "invalid_value");
        }

        switch (name)
        {
            case "provider":
                Provider = text;
                ProviderSections.Add(index);
                break;
            case "file_id":
                FileId = text;
                break;
            default:
                FilePath = text;
                break;
        }

        return null;
    }
}
