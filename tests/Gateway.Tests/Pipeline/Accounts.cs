using Gateway.Providers.Contract;

namespace Gateway.Tests.Pipeline;

/// <summary>Accounts without a network.</summary>
internal static class Accounts
{
    public static Account Of(string id, double weight = 1) => new()
    {
        Name = id, Id = id, BaseAddress = new Uri("http://upstream"), Secret = new Secret("sk-" + id), Weight = weight,
    };
}
