using System.Diagnostics;
using System.Text;
using CsCheck;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Tests.Translation;

public sealed class ShellTests
{
    [Fact]
    public void Any_name_comes_out_of_a_list_as_it_went_in() =>
        Gen.OneOf(Gen.String[1, 12], Gen.OneOf<string>("\n", "a\nb", "end 0\n", "x 1 2 3", "-rf")).Array[1, 20].Sample(names =>
        {
            var paths = names.Select(name => name.Replace("/", "_", StringComparison.Ordinal).Replace("\0", "_", StringComparison.Ordinal))
                .Where(
                    name => name is not ("." or "..") && TranslatedPath.TryReadRelative(
                        Encoding.UTF8.GetBytes(name), out var same) && same == name).ToList();
            var output = string.Concat(paths.Select((path, index) => $"./{path}//{index} 17 {(index % 2 == 0 ? "1644" : "644")}\n")) + "//end 0\n";
            var answer = Shell.Parse(Encoding.UTF8.GetBytes(output))!;
            Assert.Equal("end", answer.Word);
            Assert.Equal(["0"], answer.Arguments);
            Assert.Equal(paths.Select((path, index) => new ShellFile(path, index, 17, index % 2 == 0)), answer.Files);
        });

    [Theory]
    [InlineData("")]
    [InlineData("./a//1 2 644\n")]
    [InlineData("./a//1 2 644\n//end")]
    [InlineData("//end 0\n./a//1 2 644\n")]
    [InlineData("no such tool\n")]
    public void An_answer_that_was_cut_off_is_none(string output) => Assert.Null(Shell.Parse(Encoding.UTF8.GetBytes(output)));

    [Fact]
    public void Garbage_is_parsed_without_a_defect() => Gen.Byte.Array[0, 200].Sample(bytes => Shell.Parse(bytes));

    [Fact]
    public void An_escaped_path_is_read_back_by_a_shell()
    {
        var names = new[] { "-n", "a\nb\n", "é😀", "\\0101", "%s%n", "'\"`$(id)", " ", "\u0001\u007f" };
        foreach (var name in names)
        {
            Assert.DoesNotContain(Shell.Escape(name), c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-' or '/' or '\\'));
            var start = new ProcessStartInfo("/bin/sh", ["-c", "printf '%b.' \"$1\"", "x", Shell.Escape(name)])
            {
                RedirectStandardOutput = true, UseShellExecute = false,
            };
            using var shell = Process.Start(start)!;
            Assert.Equal(name + ".", shell.StandardOutput.ReadToEnd());
        }
    }
}
