using System.ComponentModel;
using System.Security.Cryptography;
using Gateway.Providers.Contract;
using Gateway.Providers.Json;

namespace Gateway.Cache;

/// <summary>
/// A complete list as bytes, with what is needed to send it without looking into it again. Immutable, so that the cache hands out the same object to
/// all.
/// </summary>
/// <param name="Body">The JSON object, without <c>extra_fields</c>.</param>
/// <param name="Close">Index of its closing brace.</param>
/// <param name="ETag">Weak entity tag: <c>extra_fields</c> differ from answer to answer.</param>
/// <param name="LoadedAt">When the provider gave it.</param>
/// <param name="TrueUntil">From when on it may be wrong by itself, since a container in it expires; <see cref="DateTimeOffset.MaxValue"/> for
/// never.</param>
[ImmutableObject(true)]
internal sealed record CachedList(ReadOnlyMemory<byte> Body, int Close, string ETag, DateTimeOffset LoadedAt, DateTimeOffset TrueUntil)
{
    /// <summary>Stands for an entry that cannot be read; fresh for nobody.</summary>
    public static readonly CachedList Unreadable = new(default, 0, "", DateTimeOffset.MinValue, DateTimeOffset.MinValue);

    private const int TagBytes = 12;

    /// <summary>The answer as an entry; null when it is none that may be kept.</summary>
    public static CachedList? Of(Reply reply, Operation operation, DateTimeOffset now)
    {
        if (reply is not Reply.Json json || (json.Shape is not { } shape && !JsonMembers.TryRead(json.Body.Span, JsonMembers.ExtraFields, out shape)))
        {
            return null;
        }

        // A copy of its own: the answer may be a part of something larger.
        ReadOnlyMemory<byte> body = (shape.HasName ? JsonMembers.Without(json.Body, JsonMembers.ExtraFields) : json.Body).ToArray();
        return (!shape.HasName || JsonMembers.TryRead(body.Span, [], out shape)) && !shape.IsEmpty
            ? new CachedList(body, shape.Close, TagOf(body.Span), now, Freshness.EndOf(body.Span, operation, now))
            : null;
    }

    /// <summary>The weak entity tag of a list's bytes.</summary>
    public static string TagOf(ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        return $"W/\"{Convert.ToHexStringLower(hash[..TagBytes])}\"";
    }

    /// <summary>Whether it may still be served.</summary>
    /// <param name="now">The time.</param>
    /// <param name="ttl">How old it may be.</param>
    /// <param name="since">What is older is not trusted, since writes may have been missed.</param>
    public bool IsFresh(DateTimeOffset now, TimeSpan ttl, DateTimeOffset since) =>
        now < TrueUntil && LoadedAt >= since && now - LoadedAt < ttl;

    /// <summary>The answer.</summary>
    public Reply.Json ToReply() => new(Body, new JsonShape(Close, IsEmpty: false, HasName: false)) { ETag = ETag };
}
