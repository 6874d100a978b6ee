using System.Formats.Tar;
using CsCheck;
using Gateway.Providers.Docker;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Tests.Docker;

public sealed class TarArchiveTests
{
    [Fact]
    public void Archive_written_around_a_stream_is_understood_by_another_reader() =>
        Gen.Byte.Array[0, 3000].Select(Gen.Int[0, 0x3FF], Gen.Int[1, 2_097_151]).Sample((bytes, mode, user) =>
        {
            var facts = new TarEntryFacts("0123456789abcdef", mode, user, user, 1_795_493_294);
            var (archive, length) = TarArchive.Of(facts, new MemoryStream([.. bytes, 1, 2, 3]), bytes.Length);
            using var whole = new MemoryStream();
            archive.CopyToAsync(whole).GetAwaiter().GetResult();
            Assert.Equal(length, whole.Length);
            Assert.Equal(0, whole.Length % 512);
            whole.Position = 0;
            using var reader = new TarReader(whole);
            var entry = reader.GetNextEntry()!;
            Assert.Equal(
                (facts.Name, TarEntryType.RegularFile, bytes.Length, user, user),
                (entry.Name, entry.EntryType, (int)entry.Length, entry.Uid, entry.Gid));
            Assert.Equal((mode, 1_795_493_294), ((int)entry.Mode, entry.ModificationTime.ToUnixTimeSeconds()));
            using var data = new MemoryStream();
            entry.DataStream?.CopyTo(data);
            Assert.Equal(bytes, data.ToArray());
            Assert.Null(reader.GetNextEntry());
        });

    [Fact]
    public async Task Archive_member_beyond_eight_gibibytes_is_written_and_read()
    {
        const long Size = 20L << 30;
        var (archive, length) = TarArchive.Of(new TarEntryFacts("big", 0x1A4, 1, 1, 0), Stream.Null, Size);
        Assert.Equal(Size + (3 * 512), length);
        var header = new byte[512];
        await archive.ReadExactlyAsync(header);
        Assert.Equal(Size, (await TarArchive.FirstAsync(new JoinedStream(new MemoryStream(header)), CancellationToken.None))!.Length);
    }

    [Fact]
    public async Task A_source_that_is_shorter_than_promised_breaks_the_transfer()
    {
        var (archive, _) = TarArchive.Of(new TarEntryFacts("x", 0x1A4, 1, 1, 0), new MemoryStream(new byte[9]), 10);
        await Assert.ThrowsAsync<EndOfStreamException>(() => archive.CopyToAsync(Stream.Null));
    }

    [Fact]
    public async Task Directories_of_a_new_container_belong_to_whom_they_must()
    {
        foreach (var readOnly in (bool[])[false, true])
        {
            var options = new DockerOptions { ReadOnlyRoot = readOnly, Workdir = "/srv/files", User = "7:8" };
            var entries = new List<(string Path, int Mode, int User, int Group)>();
            foreach (var (directory, archive) in StateDirectory.Layout(options, 1_795_493_294_123))
            {
                using var reader = new TarReader(new MemoryStream(archive.ToArray()));
                while (await reader.GetNextEntryAsync() is { } entry)
                {
                    entries.Add((Path.GetFullPath(Path.Combine(directory, entry.Name)).TrimEnd('/'), (int)entry.Mode, entry.Uid, entry.Gid));
                }
            }

            Assert.Equal(
                [("/.gateway", 0x1C9, 0, 0), ("/.gateway/in", 0x3DB, 0, 0), ("/.gateway/last_use", 0x180, 0, 0), ("/srv/files", 0x1ED, 7, 8)],
                entries.OrderBy(entry => entry.Path, StringComparer.Ordinal));
        }

        Assert.Equal(
            1_795_493_294_123,
            await StateDirectory.ReadUseAsync(new MemoryStream(StateDirectory.Use(1_795_493_294_123).ToArray()), CancellationToken.None));
    }

    [Fact]
    public async Task Garbage_is_no_archive_and_causes_no_defect()
    {
        var random = new Random(5);
        for (var i = 0; i < 2000; i++)
        {
            var garbage = new byte[random.Next(0, 2048)];
            random.NextBytes(garbage);
            Assert.Null(await StateDirectory.ReadUseAsync(new MemoryStream(garbage), CancellationToken.None));
        }
    }
}
