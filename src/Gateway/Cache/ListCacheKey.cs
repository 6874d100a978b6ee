using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Gateway.Accounts;
using Gateway.Pipeline;
using Gateway.Providers;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Cache;

/// <summary>
/// A list call as the cache sees it: everything that can change the answer, and nothing else, so that equal questions share an entry and different
/// ones never do.
/// </summary>
internal sealed class ListCacheKey
{
    private static readonly ConditionalWeakTable<ProviderSettings, byte[]> s_identities = [];

    /// <summary>Stands for what only this process, or this machine, can see.</summary>
    private static readonly string s_here = Guid.NewGuid().ToString("N");

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    private readonly byte[] _text;
    private volatile NamedEntry? _last;

    private ListCacheKey(byte[] text) => _text = text;

    /// <summary>What a write must touch to change the answer.</summary>
    public required ImmutableArray<string> Scopes { get; init; }

    /// <summary>How old an answer may get by configuration: the shortest of its providers'.</summary>
    public required TimeSpan Ttl { get; init; }

    /// <summary>
    /// Whether other instances would get the same answer; false when a provider is in this process or behind a socket of this machine.
    /// </summary>
    public required bool IsShared { get; init; }

    /// <summary>The question of a list call; null when its answer is not cached.</summary>
    /// <param name="call">The call.</param>
    /// <param name="settings">The configuration it lives under.</param>
    /// <param name="directives">Its caller, its account, and the headers that travel.</param>
    public static ListCacheKey? Of(Call call, GatewaySettings settings, CallDirectives directives)
    {
        if (!settings.Cache.Enabled || ProvidersOf(call, settings) is not { IsEmpty: false } providers)
        {
            return null;
        }

        var buffer = t_buffer ??= new ArrayBufferWriter<byte>(512);
        buffer.ResetWrittenCount();
        Write(buffer, settings.Revision);
        Write(buffer, call.Operation.Name);
        Write(buffer, call.Container?.Value ?? "");
        WriteNumber(buffer, call.Page.Limit);
        WriteNumber(buffer, (int)call.Page.Order);
        Write(buffer, call.Page.After);
        Write(buffer, call.Page.Name);
        WriteNumber(buffer, providers.Length);
        var ttl = TimeSpan.MaxValue;
        var isShared = true;
        foreach (var provider in providers)
        {
            buffer.Write(s_identities.GetValue(provider, IdentityOf));
            var own = call.Operation == Operation.ContainerFileList
                ? provider.FileListTtl ?? settings.Cache.FileListTtl
                : provider.CacheTtl ?? settings.Cache.Ttl;
            ttl = own < ttl ? own : ttl;
            isShared &= provider.IsReachableFromElsewhere();
        }

        // Order matters only between values of the same name.
        var query = call.Query.Length > 1 ? call.Query.OrderBy(pair => pair.Key, StringComparer.Ordinal) : call.Query.AsEnumerable();
        foreach (var (name, value) in query)
        {
            Write(buffer, name);
            Write(buffer, value);
        }

        Write(buffer, directives.Caller.ListScope);
        Write(buffer, directives.Pin is { } pin ? $"{pin.IsId} {pin.Value}" : null);
        WriteNumber(buffer, directives.Forwarded.Length);
        foreach (var (name, values) in directives.Forwarded)
        {
            Write(buffer, name.ToLowerInvariant());
            WriteNumber(buffer, values.Count);
            foreach (var value in values)
            {
                Write(buffer, value);
            }
        }

        return new ListCacheKey(buffer.WrittenSpan.ToArray())
        {
            Scopes = ListScopes.Of(call, providers), Ttl = ttl, IsShared = isShared,
        };
    }

    /// <summary>The name of the entry that answers the question as of these epochs.</summary>
    public string KeyUnder(string epochs)
    {
        if (_last is { } last && last.Epochs == epochs)
        {
            return last.Key;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var buffer = t_buffer ??= new ArrayBufferWriter<byte>(512);
        buffer.ResetWrittenCount();
        buffer.Write(_text);
        Write(buffer, epochs);
        SHA256.HashData(buffer.WrittenSpan, hash);
        var key = Base64Url.EncodeToString(hash);
        _last = new NamedEntry(epochs, key);
        return key;
    }

    /// <summary>The providers asked, in the order of their names; none when one of them is not cached, or cannot answer anyway.</summary>
    private static ImmutableArray<ProviderSettings> ProvidersOf(Call call, GatewaySettings settings)
    {
        if (ProviderSet.IsSeveral(call.Provider))
        {
            var several = ProviderSet.Resolve(call.Provider, settings, out var error);
            return error is not null || several.Any(provider => provider.CacheTtl == TimeSpan.Zero) ? []
                : [.. several.OrderBy(provider => provider.Name, StringComparer.Ordinal)];
        }

        return settings.Providers.TryGetValue(call.Provider, out var one) && one.CacheTtl != TimeSpan.Zero ? [one] : [];
    }

    /// <summary>Whose answer it is: the provider's name and the accounts that are asked for it.</summary>
    private static byte[] IdentityOf(ProviderSettings provider)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Write(buffer, provider.Name);
        WriteNumber(buffer, provider.Accounts.Length);
        foreach (var account in provider.Accounts)
        {
            Write(buffer, AccountIdentity.Of(account));
        }

        Write(buffer, provider.IsReachableFromElsewhere() ? "" : s_here);
        return buffer.WrittenSpan.ToArray();
    }

    // Every part with its length in front, so that no two questions run together to the same text.
    private static void Write(ArrayBufferWriter<byte> buffer, string? text)
    {
        WriteNumber(buffer, text is null ? -1 : text.Length);
        if (!string.IsNullOrEmpty(text))
        {
            // UTF-16 as it is: lone surrogates, which UTF-8 would make alike, stay different.
            buffer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(text.AsSpan()));
        }
    }

    private static void WriteNumber(ArrayBufferWriter<byte> buffer, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer.GetSpan(4), number);
        buffer.Advance(4);
    }

    /// <summary>The name asked for last, which is mostly the one asked for next.</summary>
    private sealed record NamedEntry(string Epochs, string Key);
}
