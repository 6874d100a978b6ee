using CsCheck;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Tests.Translation;

public sealed class PathFileIdsTests
{
    private const string Container = "019b7ca5cf807a2b83c45d6e7f809102";

    private static readonly PathFileIds s_ids = new(Container.Length / 2, Convert.FromHexString, bytes => Convert.ToHexStringLower(bytes));

    private static readonly Gen<string> s_path = Gen.OneOf(
        Gen.String[1, 60], Gen.OneOf<string>("..", ".", "a", "-rf", "x\ny", "é😀")).Array[1, 8].Select(parts => string.Join('/', parts));

    [Fact]
    public void A_file_id_leads_back_to_its_file_or_to_its_hash()
    {
        s_path.Sample(path =>
        {
            if (!TranslatedPath.TryReadRelative(System.Text.Encoding.UTF8.GetBytes(path), out var canonical) || canonical != path)
            {
                return;
            }

            var text = s_ids.Of(Container, path);
            Assert.True(text.Length <= 64 && Contract.FileId.TryParse(text, out _, out _));
            Assert.True(s_ids.TryParse(text, out var id));
            Assert.Equal(Container, id.ContainerId);
            Assert.Equal(System.Text.Encoding.UTF8.GetByteCount(path) <= 27 ? path : null, id.Path);
        });
    }

    [Fact]
    public void One_file_of_a_container_has_one_id()
    {
        var piece = Gen.Char["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"];
        var prefix = s_ids.Of(Container, "a")[..27];
        Gen.Select(piece.Array[0, 37], piece).Sample((tail, _) =>
        {
            var text = prefix + new string(tail);
            if (s_ids.TryParse(text, out var id) && id.Path is { } path)
            {
                Assert.Equal(text, s_ids.Of(id.ContainerId, path));
                Assert.All(path.Split('/'), part => Assert.False(part is "" or "." or ".."));
            }
        });
    }

    [Fact]
    public void An_id_with_a_path_that_leads_out_is_none()
    {
        foreach (var path in (string[])["../x", "a/../b", "/etc/passwd", "a//b", "./a", "a/", "a\0b", ".."])
        {
            var text = "cfile_" + System.Buffers.Text.Base64Url.EncodeToString(
                [.. Convert.FromHexString(Container), .. System.Text.Encoding.UTF8.GetBytes(path)]);
            Assert.False(s_ids.TryParse(text, out _), path);
        }
    }
}
