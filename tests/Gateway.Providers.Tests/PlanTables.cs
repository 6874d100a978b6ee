using Gateway.Providers.Contract;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Providers.Tests;

/// <summary>What dialects plan, asked of their plans, so that no test keeps a list of names.</summary>
internal static class PlanTables
{
    /// <summary>The time it is for every provider made here.</summary>
    public static DateTimeOffset Now { get; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>Name of the folder, of sources and of fixtures alike, of a dialect: that of the namespace it is made in.</summary>
    public static string FolderOf(Dialect dialect) => dialect.Create.Method.DeclaringType!.Namespace!.Split('.')[^1];

    /// <summary>The operations a dialect has, under this name of a provider.</summary>
    public static async Task<IReadOnlySet<Operation>> OperationsAsync(Dialect dialect, string? name = null)
    {
        var data = Directory.CreateTempSubdirectory("gateway-plans-");
        var provider = Create(dialect, name ?? dialect.Name, null, data.FullName);
        await using (provider as IAsyncDisposable)
        {
            var planned = Operation.All.Where(operation => provider.Plan(Sample(operation, dialect.Name)) is not Plan.Unsupported).ToHashSet();
            data.Delete(recursive: true);
            return planned;
        }
    }

    /// <summary>A provider with a clock that stands still.</summary>
    public static IProvider Create(Dialect dialect, string name, object? options, string directory) => dialect.Create(new ProviderContext
    {
        Name = name, Options = options, DataDirectory = directory, MaxFileBytes = () => 1 << 20, Time = new FakeTimeProvider(Now),
    });

    private static Call Sample(Operation operation, string provider)
    {
        Assert.True(ContainerId.TryParse("cntr_1", out var container, out _) & FileId.TryParse("cfile_1", out var file, out _));
        return new Call
        {
            Operation = operation,
            Provider = provider,
            Container = container,
            File = file,
            Body = operation == Operation.ContainerCreate ? new CallBody.NewContainer(new ContainerSpec { Name = "demo" }, default)
                : operation == Operation.ContainerFileCreate ? new CallBody.FileReference("file-1", null, default, "application/json")
                : CallBody.None.Instance,
        };
    }
}
