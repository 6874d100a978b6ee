using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Providers.Contract;

namespace Gateway.Path;

/// <summary>
/// Remembers creates for a while, in this process, so that a repetition gets the first one's result: one with the same <c>Idempotency-Key</c>, or an
/// SDK's own retry, recognised by <c>x-stainless-retry-count</c> of 1 or more with the same caller, provider and body. Failures that may pass are not
/// remembered: their repetition is a new try.
/// </summary>
internal sealed class CreateReplays(TimeProvider time)
{
    /// <summary>How long an <c>Idempotency-Key</c> is remembered.</summary>
    private static readonly TimeSpan s_keyed = TimeSpan.FromMinutes(10);

    /// <summary>How long an SDK may take to retry.</summary>
    private static readonly TimeSpan s_retried = TimeSpan.FromMinutes(2);

    private const int MaxEntries = 10_000;
    private const int MaxKey = 255;

    private readonly ConcurrentDictionary<string, Entry> _entries = new();

    public async ValueTask<Reply> RunAsync(Call call, HttpContext http, Func<Task<Reply>> create)
    {
        var key = http.Request.Headers["Idempotency-Key"].ToString();
        if (key.Length > MaxKey)
        {
            return new Reply.Failed(GatewayError.Invalid($"Idempotency-Key must not be longer than {MaxKey} characters", "Idempotency-Key", "invalid_value"));
        }

        var body = Fingerprint(call, http, includeBody: true, "");
        var slot = key.Length > 0 ? Fingerprint(call, http, includeBody: false, key) : body;
        if ((key.Length > 0 || IsRetry(http)) && _entries.TryGetValue(slot, out var known) && known.Until > time.GetUtcNow())
        {
            if (known.Body != body)
            {
                return new Reply.Failed(GatewayError.Invalid(
                    "this Idempotency-Key was used for a different request", "Idempotency-Key", "idempotency_key_reused"));
            }

            if (await known.Result.WaitAsync(http.RequestAborted) is Reply.Json first)
            {
                return first;
            }
        }

        var entry = new Entry(body, time.GetUtcNow() + (key.Length > 0 ? s_keyed : s_retried));
        Trim();
        _entries[slot] = entry;
        try
        {
            var reply = await create();
            entry.Finish(reply);
            if (reply is not Reply.Json)
            {
                _entries.TryRemove(new KeyValuePair<string, Entry>(slot, entry));
            }

            return reply;
        }
        catch
        {
            entry.Finish(null);
            _entries.TryRemove(new KeyValuePair<string, Entry>(slot, entry));
            throw;
        }
    }

    private static bool IsRetry(HttpContext http) =>
        int.TryParse(http.Request.Headers["x-stainless-retry-count"], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1;

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
        }

        return Convert.ToHexString(hash.GetCurrentHash());
    }

    private void Trim()
    {
        if (_entries.Count < MaxEntries)
        {
            return;
        }

        var now = time.GetUtcNow();
        foreach (var (slot, entry) in _entries.OrderBy(pair => pair.Value.Until))
        {
            if (entry.Until > now && _entries.Count < MaxEntries)
            {
                return;
            }

            _entries.TryRemove(slot, out _);
        }
    }

    private sealed class Entry(string body, DateTimeOffset until)
    {
        private readonly TaskCompletionSource<Reply?> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Body { get; } = body;

        public DateTimeOffset Until { get; } = until;

        public Task<Reply?> Result => _result.Task;

        public void Finish(Reply? reply) => _result.TrySetResult(reply);
    }
}
