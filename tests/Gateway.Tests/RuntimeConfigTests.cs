using System.Text.Json;
using Xunit;

namespace Gateway.Tests;

/// <summary>What the gateway tells the runtime before it starts; it stands in a file beside the executable.</summary>
public sealed class RuntimeConfigTests
{
    [Fact]
    public void A_thread_without_work_looks_for_it_six_times_and_sleeps() =>
        Assert.Equal("6", Property("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit"));

    [Fact]
    public void A_compressed_body_that_ends_too_early_is_broken() => Assert.Equal("true", Property("System.IO.Compression.UseStrictValidation"));

    private static string Property(string name)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(System.IO.Path.Combine(AppContext.BaseDirectory, "Gateway.runtimeconfig.json")));
        return file.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties").GetProperty(name).GetRawText();
    }
}
