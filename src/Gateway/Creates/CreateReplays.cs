using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Path;
using Gateway.Providers.Contract;

namespace Gateway.Creates;

/// <summary>
/// Remembers creates for a while, in this process, so that a repetition gets the first one's result: one with the same <c>Idempotency-Key</c>, or an
/// SDK's own retry, recognised by <c>x-stainless-retry-count</c> of 1 or more with the same caller, provider and body. Failures are not repeated to
/// those who come later: their repetition is a new try.
/// </summary>
internal sealed class CreateReplays(TimeProvider time)
{
    /// <summary>How long an <c>Idempotency-Key</c> is remembered.</summary>
    private static readonly TimeSpan s_keyed = TimeSpan.FromMinutes(10);

    /// <summary>How long an SDK may take to retry.</summary>
    private static readonly TimeSpan s_retried = TimeSpan.FromMinutes(2);

    private const string KeyHeader = "Idempotency-Key";
    private const int MaxEntries = 10_000;
    private const int MaxKey = 255;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<CreateReplay>> _slots = new(StringComparer.Ordinal);
    private readonly PriorityQueue<(string Slot, CreateReplay Entry), DateTimeOffset> _order = new();

    /// <summary>Creates, or answers with what a create that this one repeats has given.</summary>
    /// <param name="call">The create.</param>
    /// <param name="http">Its request.</param>
    /// <param name="create">Creates.</param>
    public async ValueTask<Reply> RunAsync(Call call, HttpContext http, Func<Task<Reply>> create)
    {
        var key = http.Request.Headers[KeyHeader].ToString();
        if (key.Length > MaxKey)
        {
            return new Reply.Failed(GatewayError.Invalid($"Idempotency-Key must not be longer than {MaxKey} characters", "Idempotency-Key", "invalid_value"));
        }

        var body = Fingerprint(call, http, includeBody: true, "");
        var slot = key.Length > 0 ? Fingerprint(call, http, includeBody: false, key) : body;
        var retry = RetryCount(http);
        while (true)
        {
            var entry = new CreateReplay(body, http.RequestAborted);
            if (!TryRepeat(slot, entry, key.Length > 0, retry, out var known))
            {
                return await FirstAsync(slot, entry, create);
            }

            if (known.Body != body)
            {
                return new Reply.Failed(GatewayError.Invalid(
                    "this Idempotency-Key was used for a different request", "Idempotency-Key", "idempotency_key_reused"));
            }

            // Whoever repeats a create while it runs shares its end, good or bad; only one that was given up says nothing.
            var outcome = await known.Result.WaitAsync(http.RequestAborted);
            if (outcome is not (null or Reply.Failed { Error.Kind: ErrorKind.Cancelled }))
            {
                return outcome;
            }
        }
    }

    private static int RetryCount(HttpContext http) =>
        int.TryParse(http.Request.Headers["x-stainless-retry-count"], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;

    private static string Fingerprint(Call call, HttpContext http, bool includeBody, string key)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var headers = http.Request.Headers;
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join(
            '\0', call.Operation.Name, call.Provider, headers.Authorization.ToString(), headers["x-api-key"].ToString(), headers["api-key"].ToString(),
            headers["x-bf-vk"].ToString(), key)));
        if (includeBody && call.Body is CallBody.NewContainer body)
        {
            hash.AppendData(body.Json.Span);
            var pins = headers.Where(header => Pin.IsPin(header.Key)).Select(header => KeyValuePair.Create(header.Key, header.Value.ToString()));
            hash.AppendData(Encoding.UTF8.GetBytes(string.Concat(call.Query.Concat(pins).Select(each => $"\0{each.Key}\0{each.Value}"))));
        }

        return Convert.ToHexString(hash.GetCurrentHash());
    }

    private async ValueTask<Reply> FirstAsync(string slot, CreateReplay entry, Func<Task<Reply>> create)
    {
        try
        {
            var outcome = await create();
            entry.Finish(outcome);
            return outcome;
        }
        catch
        {
            Remove(slot, entry);
            entry.Finish(null);
            throw;
        }
    }

    /// <summary>True when a known create has, or will have, the result; otherwise the entry is noted, and what is known may be one that failed.</summary>
    private bool TryRepeat(string slot, CreateReplay entry, bool isKeyed, int retry, [NotNullWhen(true)] out CreateReplay? known)
    {
        lock (_lock)
        {
            Trim();
            if (!_slots.TryGetValue(slot, out var entries))
            {
                _slots[slot] = entries = [];
            }

            known = isKeyed ? entries.LastOrDefault() : CreateReplay.Repeated(entries, retry);
            if (known is { MayTryAgain: false })
            {
                return true;
            }

            if (known is not null)
            {
                entries.Remove(known);
            }

            entries.Add(entry);
            _order.Enqueue((slot, entry), time.GetUtcNow() + (isKeyed ? s_keyed : s_retried));
            return false;
        }
    }

    private void Trim()
    {
        var now = time.GetUtcNow();
        while (_order.TryPeek(out var oldest, out var until) && (until <= now || _order.Count >= MaxEntries))
        {
            _order.Dequeue();
            RemoveFrom(oldest.Slot, oldest.Entry);
        }
    }

    private void Remove(string slot, CreateReplay entry)
    {
        lock (_lock)
        {
            RemoveFrom(slot, entry);
        }
    }

    private void RemoveFrom(string slot, CreateReplay entry)
    {
        if (_slots.TryGetValue(slot, out var entries) && entries.Remove(entry) && entries.Count == 0)
        {
            _slots.Remove(slot);
        }
    }
}
