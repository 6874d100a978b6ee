using System.Collections.Frozen;
using System.Text;
using Gateway.Fakes;
using Gateway.Providers.Contract;
using Gateway.Scenarios.Upstream;
using Gateway.Settings;
using Gateway.Upstream;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>Whatever an upstream quotes of the request it got, in whatever form, no secret of its provider reaches the client.</summary>
public sealed class QuotedSecretTests
{
    private const string Key = "k+3Jd/9sQz+abc123def456";
    private const string Header = "header value/with+odd=signs~0815";
    private const string Token = "planted-bearer-token-4711";
    private const string Password = "planted:proxy?password";
    private const string Learned = "learned/access+token/1234567890";

    /// <summary>Ways to write a secret, by the name of the encoding.</summary>
    public static TheoryData<string> Encodings =>
        [
            "plain", "base64", "base64 of user:secret", "base64 of a header", "base64url", "percent", "lower percent", "json", "unicode",
            "json in json",
        ];

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task A_secret_that_an_upstream_quotes_is_masked_in_body_headers_and_raw_echo(string encoding)
    {
        foreach (var secret in new[] { Key, Header, Token, Password, Learned })
        {
            foreach (var status in new[] { 200, 400, 404, 500 })
            {
                var quoted = Written(encoding, secret);
                var body =
                    $$$"""{"id":"c","note":"got {{{quoted}}}","error":{"message":"Bad header {{{quoted}}}!","type":"t","code":"c","param":null}}""";
                await using var upstream = RawUpstream.Answering(
                    $"HTTP/1.1 {status} Quoting\nx-ratelimit-note: {quoted}\nopenai-version: {quoted}\nContent-Length: {body.Length}\n\n{body}");
                await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(Provider(upstream.Url)));

                using var answer = await Between.GetAsync(gateway);
                var all = answer + await answer.Content.ReadAsStringAsync();
                Assert.DoesNotContain(quoted, all, StringComparison.Ordinal);
                Assert.DoesNotContain(secret, all, StringComparison.Ordinal);
                Assert.Contains("***", all, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_file_that_holds_a_secret_arrives_as_it_is()
    {
        var content = $"{Key}\n{Header}\n{Convert.ToBase64String(Encoding.UTF8.GetBytes(Key))}";
        await using var upstream = RawUpstream.Answering(
            $"HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: {content.Length}\n\n", Encoding.UTF8.GetBytes(content));
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(Provider(upstream.Url)));
        using var answer = await Between.DownloadAsync(gateway);
        Assert.Equal(content, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Wherever it stands: at a border of what is looked at together, several times, beside others.</summary>
    [Fact]
    public void A_secret_is_found_wherever_it_stands_in_a_long_text()
    {
        var mask = new SecretMask([Key, Header]);
        foreach (var written in new[] { Key, Base64(Key).TrimEnd('='), Written("json", Key), Written("json in json", Key) })
        {
            for (var before = 8192 - (2 * written.Length); before < 8192 + written.Length; before++)
            {
                var text = new string(' ', before) + written + new string(' ', 9000) + Header + "\\n";
                var shown = Encoding.UTF8.GetString(mask.Apply(Encoding.UTF8.GetBytes(text)).Span);
                Assert.Equal(
                    "*** *** \\n",
                    string.Join(' ', shown.Replace("\\n", " \\n", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries)));
            }
        }
    }

    [Fact]
    public void A_text_without_a_secret_stays_the_same_memory()
    {
        ReadOnlyMemory<byte> text = Encoding.UTF8.GetBytes("""{"name":"100 % \"ä\" \u00e4 \\ %zz \\u12","id":"cntr_1"}""");
        Assert.True(text.Equals(new SecretMask([Key, Header, "short"]).Apply(text)));
        Assert.True(text.Equals(new SecretMask([]).Apply(text)));
    }

    [Fact]
    public void Newest_learned_secrets_are_kept_and_a_known_one_is_no_change()
    {
        var learned = new LearnedSecrets();
        foreach (var number in Enumerable.Range(1, 20))
        {
            learned.Add(new Secret($"token-{number}"));
        }

        var all = learned.All;
        Assert.Equal(Enumerable.Range(13, 8).Select(number => $"token-{number}"), all.Select(secret => secret.Reveal()));
        learned.Add(new Secret("token-20"));
        Assert.True(all == learned.All);
    }

    private static ProviderSettings Provider(string url)
    {
        var provider = TestSettings.OpenAI(url, network: Between.Long, keys: Key);
        return provider with
        {
            SendBackRawRequest = true,
            SendBackRawResponse = true,
            Dialect = provider.Dialect with { Credential = _ => new TokenCredential() },
            Network = provider.Network with
            {
                ExtraHeaders = new Dictionary<string, string> { ["X-Gateway-Token"] = Header, ["X-Auth"] = $"Bearer {Token}" }.ToFrozenDictionary(),
                HeaderSecrets = [new Secret(Header), new Secret($"Bearer {Token}")],
                ProxyPassword = new Secret(Password),
            },
        };
    }

    private static string Written(string encoding, string secret) => encoding switch
    {
        "base64" => Base64(secret),
        "base64 of user:secret" => Base64($"user:{secret}").TrimEnd('='),
        "base64 of a header" => Base64($"GET / HTTP/1.1\nA: {secret}\n"),
        "base64url" => Base64($"{secret}>>>").Replace('+', '-').Replace('/', '_').TrimEnd('='),
        "percent" => Uri.EscapeDataString(secret),
        "lower percent" => string.Concat(secret.Select(c => char.IsAsciiLetter(c) ? $"{c}" : $"%{(int)c:x2}")),
        "json" => secret.Replace("/", "\\/", StringComparison.Ordinal),
        "unicode" => string.Concat(secret.Select(c => $"\\u{(int)c:X4}")),
        "json in json" => secret.Replace("/", "\\\\/", StringComparison.Ordinal).Replace("+", "\\\\u002b", StringComparison.Ordinal),
        _ => secret,
    };

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends a token that is not in the configuration, as schemes with an identity provider do.</summary>
    private sealed class TokenCredential : ICredential
    {
        public ValueTask SignAsync(SigningContext context, CancellationToken cancellationToken)
        {
            context.Account.Learned.Add(new Secret(Learned));
            context.Request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {Learned}");
            return ValueTask.CompletedTask;
        }
    }
}
