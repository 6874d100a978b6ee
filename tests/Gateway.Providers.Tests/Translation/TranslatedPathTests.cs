using CsCheck;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Tests.Translation;

public sealed class TranslatedPathTests
{
    [Theory]
    [InlineData("x.csv", "/mnt/data/x.csv")]
    [InlineData("in/x.csv", "/mnt/data/in/x.csv")]
    [InlineData("./in//./x", "/mnt/data/in/x")]
    [InlineData("/mnt/data/x", "/mnt/data/x")]
    [InlineData("//mnt/./data///x", "/mnt/data/x")]
    [InlineData("mnt/data/x", "/mnt/data/mnt/data/x")]
    [InlineData("...", "/mnt/data/...")]
    [InlineData("..x", "/mnt/data/..x")]
    [InlineData(" ä 😀 ", "/mnt/data/ ä 😀 ")]
    [InlineData("a:b*?\"<>|", "/mnt/data/a:b*?\"<>|")]
    public void Path_of_a_file_has_one_spelling(string text, string expected)
    {
        Assert.True(TranslatedPath.TryParse(text, out var path, out _));
        Assert.Equal(expected, path.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("./")]
    [InlineData("/")]
    [InlineData("dir/")]
    [InlineData("dir/.")]
    [InlineData("..")]
    [InlineData("../x")]
    [InlineData("a/../x")]
    [InlineData("a/..")]
    [InlineData("/mnt/data/../x")]
    [InlineData("/mnt/data")]
    [InlineData("/mnt/data/")]
    [InlineData("/mnt/database/x")]
    [InlineData("/mnt/Data/x")]
    [InlineData("/etc/passwd")]
    [InlineData("//etc/passwd")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("a\u007fb")]
    [InlineData("a\u0085b")]
    public void A_path_that_is_not_a_file_below_the_root_is_refused(string text)
    {
        Assert.False(TranslatedPath.TryParse(text, out _, out var reason));
        Assert.StartsWith("must ", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused()
    {
        Assert.False(TranslatedPath.TryParse("a\ud83d", out _, out _));
        Assert.False(TranslatedPath.TryParse("\ude00a", out _, out _));
    }

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void A_component_has_at_most_255_bytes(int bytes, bool accepted)
    {
        Assert.Equal(accepted, TranslatedPath.TryParse(new string('a', bytes), out _, out _));
        Assert.Equal(accepted, TranslatedPath.TryParse("d/" + new string('é', bytes / 2) + new string('a', bytes % 2) + "/x", out _, out _));
    }

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public void A_path_has_at_most_4096_bytes(int bytes, bool accepted)
    {
        var text = TranslatedPath.Root;
        while (text.Length < bytes)
        {
            text += new string('a', Math.Min(200, bytes - text.Length - 1)) + "/";
        }

        text = text[..(bytes - 1)] + "x";
        Assert.Equal(accepted, TranslatedPath.TryParse(text, out var path, out _));
        Assert.Equal(accepted ? text : null, path.Value);
    }

    [Fact]
    public void Whatever_the_client_writes_the_path_never_leaves_the_root()
    {
        var piece = Gen.OneOf(Gen.OneOf<string>("/", ".", "..", "//", "\\", "mnt", "data", "/mnt/data/", "\0", "%2e%2e", "~"), Gen.String[0, 3]);
        piece.Array[0, 12].Select(string.Concat).Sample(
            text =>
            {
                if (!TranslatedPath.TryParse(text, out var path, out _))
                {
                    return;
                }

                Assert.StartsWith(TranslatedPath.Root, path.Value, StringComparison.Ordinal);
                Assert.Equal(path.Value, Path.GetFullPath(path.Value));
                Assert.Equal(path.Value, TranslatedPath.TryParse(path.Value, out var again, out _) ? again.Value : null);
                Assert.NotEmpty(path.FileName);
            },
            iter: 20_000);
    }
}
