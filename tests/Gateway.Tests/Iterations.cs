using System.Runtime.CompilerServices;
using CsCheck;

namespace Gateway.Tests;

/// <summary>How many cases a property is tried on, unless it says so itself.</summary>
internal static class Iterations
{
    [ModuleInitializer]
    internal static void Set() => Check.Iter = 3000;
}
