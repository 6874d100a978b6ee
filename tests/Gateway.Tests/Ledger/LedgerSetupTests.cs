using Gateway.Fakes;
using Gateway.Ledger;
using Gateway.Providers.Contract;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Gateway.Tests.Ledger.LedgerPlace;

namespace Gateway.Tests.Ledger;

/// <summary>The configuration picks the store.</summary>
public sealed class LedgerSetupTests
{
    [Fact]
    public async Task Ledger_without_redis_is_a_file_of_the_data_directory()
    {
        var folder = Directory.CreateTempSubdirectory("gateway-ledger-").FullName;
        await using (var services = Build(folder, null))
        {
            await services.GetRequiredService<ILedger>().RememberAsync([Entry("cntr_1")], Token);
        }

        await using (var services = Build(folder, null))
        {
            Assert.Equal([Entry("cntr_1")], await services.GetRequiredService<ILedger>().FindAsync("cntr_1", Token));
        }

        Assert.True(File.Exists(System.IO.Path.Combine(folder, "ledger.db")));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Ledger_with_redis_is_shared_and_leaves_no_file()
    {
        await using var redis = await RedisServer.StartAsync();
        await using (var services = Build("/nowhere", redis.Url))
        {
            await services.GetRequiredService<ILedger>().RememberAsync([Entry("cntr_1")], Token);
        }

        await using (var services = Build("/nowhere", redis.Url))
        {
            Assert.Equal([Entry("cntr_1")], await services.GetRequiredService<ILedger>().FindAsync("cntr_1", Token));
        }

        Assert.False(Directory.Exists("/nowhere"));
    }

    private static ServiceProvider Build(string folder, string? redis)
    {
        var settings = TestSettings.Of(TestSettings.Local());
        var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System);
        services.AddLedger(settings with
        {
            DataDirectory = folder,
            Cache = settings.Cache with { Redis = redis is null ? null : new Secret(redis), RedisTimeout = RedisServer.Patience },
        });
        return services.BuildServiceProvider();
    }
}
