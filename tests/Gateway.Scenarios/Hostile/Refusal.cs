using System.Text.Json;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>What every refusal looks like, whoever caused it.</summary>
internal static class Refusal
{
    /// <summary>Asserts status, envelope and, where given, code and parameter; returns the message.</summary>
    public static string Of(RawAnswer? answer, int status, string? code = null, string? param = null)
    {
        Assert.NotNull(answer);
        Assert.True(answer.Status == status, $"Expected {status}, got {answer}");
        Assert.True(answer.Complete, $"Cut: {answer}");
        Assert.Equal("application/json", answer.Headers.GetValueOrDefault("Content-Type"));
        Assert.Equal(answer.Headers["x-request-id"], answer.Json.GetProperty("event_id").GetString());
        return Of(answer.Json, status, code, param);
    }

    public static async Task<string> OfAsync(HttpResponseMessage response, int status, string? code = null, string? param = null)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"Expected {status}, got {response}\n{text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        using var document = JsonDocument.Parse(text);
        return Of(document.RootElement, status, code, param);
    }

    private static string Of(JsonElement envelope, int status, string? code, string? param)
    {
        Assert.Equal(status, envelope.GetProperty("status_code").GetInt32());
        Assert.True(envelope.TryGetProperty("is_bifrost_error", out _));
        Assert.Equal(JsonValueKind.Object, envelope.GetProperty("extra_fields").ValueKind);
        var error = envelope.GetProperty("error");
        if (code is not null)
        {
            Assert.Equal(code, error.GetProperty("code").GetString());
        }

        if (param is not null)
        {
            Assert.Equal(param, error.GetProperty("param").GetString());
        }

        var message = error.GetProperty("message").GetString();
        Assert.False(string.IsNullOrWhiteSpace(message));
        Assert.DoesNotContain("System.", message, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", message, StringComparison.Ordinal);
        return message;
    }
}
