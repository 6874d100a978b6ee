using System.Buffers.Text;
using System.Text;
using CsCheck;
using Gateway.Providers.Contract;
using Gateway.Api;
using Xunit;

namespace Gateway.Tests.Api;

public sealed class IdPropertyTests
{
    private static readonly Gen<string> s_nasty = Gen.String[
        Gen.OneOf(Gen.Char["./\\%?#:@&=;+ ~\0\r\n\t\u001b\u0085\u2028\ud800\udc00"], Gen.Char["abc012äß漢"]), 0, 12];

    [Fact]
    public void An_accepted_id_stays_one_segment_of_the_upstream_path() =>
        s_nasty.Sample(text =>
        {
            if (IdRules.Check(text) is not null)
            {
                return;
            }

            var target = RequestTarget.Of("v1", "containers", text, "files");
            var uri = new Uri("http://upstream" + target.Path + "?limit=1");
            Assert.Equal(5, uri.Segments.Length);
            Assert.Equal(text, Uri.UnescapeDataString(uri.Segments[3].TrimEnd('/')));
            Assert.Equal("?limit=1", uri.Query);
            Assert.Equal("", uri.Fragment);
            Assert.Equal(target.Path, uri.AbsolutePath);
        });

    [Fact]
    public void A_target_decodes_to_what_was_encoded() =>
        s_nasty.Where(text => !text.Any(char.IsSurrogate)).Array[1, 4].Sample(segments =>
        {
            var target = "/x/" + string.Join('/', segments.Select(Uri.EscapeDataString));
            var expected = segments.Prepend<string?>("x").ToList();
            foreach (var form in new[] { target, target + "?a=/../b", "http://host:1" + target, "http://host" + target + "?q" })
            {
                Assert.Equal(expected, TargetPath.Segments(form));
            }
        });

    [Fact]
    public void Any_target_is_split_without_a_throw() =>
        Gen.OneOf(s_nasty, Gen.String).Sample(text => Assert.NotEmpty(TargetPath.Segments(text)));

    [Fact]
    public void A_cursor_gives_back_its_id_and_anything_else_itself() =>
        Gen.Select(s_nasty.Where(text => !text.Any(char.IsSurrogate)), Gen.Int[0, 9], Gen.String).Sample((id, index, other) =>
        {
            var json = $"{{\"v\":1,\"i\":{index},\"c\":{System.Text.Json.JsonSerializer.Serialize(id)}}}";
            var cursor = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
            Assert.Equal(id, BifrostCursor.Unwrap(cursor));
            Assert.Equal(id, BifrostCursor.Unwrap(Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).Replace('+', '-').Replace('/', '_')));
            Assert.Equal(other, BifrostCursor.Unwrap(other));
            Assert.Equal("ey" + other, BifrostCursor.Unwrap("ey" + other));
        });
}
