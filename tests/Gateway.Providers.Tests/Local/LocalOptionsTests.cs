using System.Text.Json;
using Gateway.Providers.Contract;
using Gateway.Providers.Local;

namespace Gateway.Providers.Tests.Local;

public sealed class LocalOptionsTests
{
    [Fact]
    public void Local_dialect_is_registered_without_accounts()
    {
        Assert.True(ProviderCatalog.TryFind("local", out var dialect));
        Assert.Null(dialect.Credential);
        Assert.Null(dialect.Address);
        Assert.Equal("local_config", dialect.Section?.Name);
    }

    [Fact]
    public void Absent_members_of_the_local_section_have_defaults()
    {
        Assert.Equal((1024, 10_000), Read("{}"));
        Assert.Equal((5, 10_000), Read("""{"max_total_size_mb":5}"""));
        Assert.Equal((1, 2), Read("""{"max_containers":2,"max_total_size_mb":1}"""));
        Assert.Equal(int.MaxValue * 1048576L, new LocalOptions { MaxTotalSizeMb = int.MaxValue }.MaxTotalBytes);
    }

    [Theory]
    [InlineData("""{"max_total_size_mb":0}""", "max_total_size_mb")]
    [InlineData("""{"max_total_size_mb":-1}""", "max_total_size_mb")]
    [InlineData("""{"max_containers":0}""", "max_containers")]
    [InlineData("""{"reserve_mb":0}""", "reserve_mb")]
    public void Local_option_out_of_bounds_is_named(string json, string member) =>
        Assert.Equal(member, Assert.Throws<ConfigSectionException>(() => Read(json)).Member);

    [Theory]
    [InlineData("""{"max_size":1}""")]
    [InlineData("""{"MaxTotalSizeMb":1}""")]
    [InlineData("""{"MaxExpiredKept":1}""")]
    [InlineData("""{"MaxTotalBytes":1}""")]
    [InlineData("""{"max_total_size_mb":"1"}""")]
    [InlineData("""{"max_total_size_mb":1.5}""")]
    [InlineData("""{"max_total_size_mb":null}""")]
    [InlineData("""{"max_total_size_mb":99999999999}""")]
    [InlineData("""{"max_containers":1,"max_containers":2}""")]
    [InlineData("null")]
    [InlineData("[]")]
    public void Local_section_with_anything_else_is_refused(string json) => Assert.Throws<JsonException>(() => Read(json));

    private static (int Size, int Containers) Read(string json)
    {
        Assert.True(ProviderCatalog.TryFind("local", out var dialect));
        var options = Assert.IsType<LocalOptions>(dialect.Section!.Read(JsonDocument.Parse(json).RootElement));
        return (options.MaxTotalSizeMb, options.MaxContainers);
    }
}
