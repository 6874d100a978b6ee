using System.Text;
using CsCheck;
using Gateway.Api;
using Gateway.Tests.Json;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;

namespace Gateway.Tests.Api;

public sealed class MultipartBytesTests
{
    private const string Boundary = "B-1";

    /// <summary>Contents that come as close to a boundary as they may.</summary>
    private static readonly Gen<string> s_content = Gen.OneOf(
        Documents.AnyOf("", "\r\n", "--", "--B-", "\r\n--B-", "\r\n\r\n", "-B-1", "\r", "\n--B-1", "x--B-1", "\r\n-", "\r\n--b-1"),
        Gen.String[Gen.Char["\r\n-B1a"], 0, 9].Where(
            text => !text.Contains("\r\n--B-1", StringComparison.Ordinal) && !text.StartsWith("--B-1", StringComparison.Ordinal)));

    [Fact]
    public void Cutting_parts_leaves_the_others_byte_for_byte() =>
        Gen.Select(s_content.Array[1, 5], Gen.Bool.Array[5], Gen.Bool).Sample((contents, cuts, leads) =>
        {
            var sections = Enumerable.Range(0, contents.Length).Where(index => cuts[index]).ToList();
            var body = (leads ? "\r\n" : "") + Form(contents);
            var cut = MultipartBytes.WithoutSection(Encoding.Latin1.GetBytes(body), Boundary, sections);
            var kept = contents.Where((_, index) => !cuts[index]).ToArray();
            var expected = kept.Length == contents.Length ? body : (leads && !cuts[0] ? "\r\n" : "") + Form(kept);
            Assert.Equal(expected, Encoding.Latin1.GetString(cut.Span));
        });

    [Fact]
    public async Task What_is_cut_is_what_a_reader_counts() =>
        await Gen.Select(s_content.Array[1, 5], Gen.Int[0, 4]).SampleAsync(async (contents, at) =>
        {
            var section = at % contents.Length;
            var cut = MultipartBytes.WithoutSection(Encoding.Latin1.GetBytes(Form(contents)), Boundary, [section]);
            using var stream = new MemoryStream(cut.ToArray());
            var reader = new MultipartReader(Boundary, stream);
            var left = new List<string>();
            while (await reader.ReadNextSectionAsync() is { } part)
            {
                using var text = new StreamReader(part.Body, Encoding.Latin1);
                left.Add(await text.ReadToEndAsync());
            }

            Assert.Equal(contents.Where((_, index) => index != section), left);
        });

    [Fact]
    public void What_is_around_a_part_counts_to_its_end_when_it_is_the_last() =>
        Gen.Select(s_content.Array[1, 5], Gen.Int[0, 4]).Sample((contents, at) =>
        {
            var section = at % contents.Length;
            var body = Encoding.Latin1.GetBytes(Form(contents));

            var around = MultipartBytes.AroundLastSection(body, Boundary, section)!.Value;
            var isLast = section == contents.Length - 1;
            Assert.Equal(isLast, body.Length - around == contents[section].Length + 2);
            Assert.True(body.Length - around >= contents[section].Length + 2);

            // It shows as soon as the headers of the part are there.
            Assert.Equal(around, MultipartBytes.AroundLastSection(body.AsSpan(0, HeadersEnd(body, section)), Boundary, section));
            Assert.Null(MultipartBytes.AroundLastSection(body, Boundary, contents.Length + 1));
        });

    /// <summary>Where the headers of a part end.</summary>
    private static int HeadersEnd(byte[] body, int section)
    {
        var text = Encoding.Latin1.GetString(body);
        var at = 0;
        for (var i = 0; i <= section; i++)
        {
            at = text.IndexOf($"--{Boundary}\r\nContent-Disposition", at + (i == 0 ? 0 : 1), StringComparison.Ordinal);
        }

        return text.IndexOf("\r\n\r\n", at, StringComparison.Ordinal) + 4;
    }

    private static string Form(IEnumerable<string> contents) =>
        string.Concat(contents.Select((content, index) =>
            (index == 0 ? "" : "\r\n") + $"--{Boundary}\r\nContent-Disposition: form-data; name=\"p\"\r\n\r\n{content}"))
        + (contents.Any() ? "\r\n" : "") + $"--{Boundary}--\r\n";
}
