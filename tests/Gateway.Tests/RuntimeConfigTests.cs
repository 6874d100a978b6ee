using System.Text.Json;
using Xunit;

namespace Gateway.Tests;

/// <summary>What the gateway tells the runtime before it starts; it stands in a file beside the executable.</summary>
public sealed class RuntimeConfigTests
{
    [Fact]
    public void A_thread_without_work_looks_for_it_six_times_and_sleeps()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(System.IO.Path.Combine(AppContext.BaseDirectory, "Gateway.runtimeconfig.json")));
        var properties = file.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties");

        Assert.Equal(6, properties.GetProperty("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit").GetInt32());
    }
}
