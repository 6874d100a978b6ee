using Gateway.Creates;
using Xunit;

namespace Gateway.Tests.Creates;

public sealed class FieldHashTests
{
    [Theory]
    [InlineData("ab,c", "a,bc")]
    [InlineData("a,b", "b,a")]
    [InlineData("a", "a,")]
    [InlineData("", ",")]
    [InlineData("a,,b", "a,b,")]
    public void Different_lists_of_fields_have_different_digests(string one, string other) => Assert.NotEqual(Of(one), Of(other));

    [Fact]
    public void Equal_lists_of_fields_have_one_digest_however_they_are_added()
    {
        using var hash = new FieldHash();
        hash.Add("a"u8);
        hash.Add("é");
        var first = hash.End();
        Assert.Equal(Of("a,é"), first);

        // The end of one list is the beginning of the next.
        hash.Add("x");
        Assert.Equal(Of("x"), hash.End());
    }

    private static Digest Of(string fields)
    {
        using var hash = new FieldHash();
        foreach (var field in fields.Split(','))
        {
            hash.Add(field);
        }

        return hash.End();
    }
}
