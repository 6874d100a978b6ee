using CsCheck;
using Gateway.Providers.Docker;

namespace Gateway.Providers.Tests.Docker;

public sealed class DockerIdTests
{
    private const string Provider = "docker";

    private static readonly Gen<string> s_path = Gen.OneOf(
        Gen.String[1, 60], Gen.OneOf<string>("..", ".", "a", "-rf", "x\ny", "é😀")).Array[1, 8].Select(parts => string.Join('/', parts));

    [Theory]
    [InlineData("docker")]
    [InlineData("a provider / with änything in its name, and longer than it may be")]
    public void A_container_id_names_its_provider_and_its_time_in_64_characters(string provider)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(1_795_493_294_123);
        var id = DockerIds.NewContainer(provider, now);
        Assert.InRange(id.Length, 40, 64);
        Assert.Matches("^cntr_[A-Za-z0-9.-]+_[0-9a-f]{32}$", id);
        Assert.Equal(1_795_493_294_123, DockerIds.CreatedMs(id));
        Assert.True(DockerIds.IsContainer(id, provider));
        Assert.False(DockerIds.IsContainer(id, "other"));
        Assert.Equal(id, DockerIds.OfUuid(DockerIds.Uuid(id), provider));
        Assert.True(string.CompareOrdinal(id, DockerIds.NewContainer(provider, now.AddMilliseconds(1))) < 0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("cntr_docker_")]
    [InlineData("cntr_docker_0123456789abcdef0123456789abcdeF")]
    [InlineData("cntr_docker_0123456789abcdef0123456789abcdef0")]
    [InlineData("cntr_docker_0123456789abcdef/../9abcdef0123")]
    [InlineData("deaefbe7265ffb0556d2fd0dc211adb36c6f4886ec782154d837aed3e7df434b")]
    public void Nothing_else_is_a_container_id(string text) => Assert.False(DockerIds.IsContainer(text, Provider));

    [Fact]
    public void A_file_id_leads_back_to_its_file_or_to_its_hash()
    {
        var container = DockerIds.NewContainer(Provider, DateTimeOffset.UnixEpoch);
        s_path.Sample(path =>
        {
            if (!DockerFileId.TryDecode(System.Text.Encoding.UTF8.GetBytes(path), out var canonical) || canonical != path)
            {
                return;
            }

            var text = DockerFileId.Of(container, path);
            Assert.True(text.Length <= 64 && Contract.FileId.TryParse(text, out _, out _));
            Assert.True(DockerFileId.TryParse(text, Provider, out var id));
            Assert.Equal(container, id.ContainerId);
            Assert.Equal(System.Text.Encoding.UTF8.GetByteCount(path) <= 27 ? path : null, id.Path);
        });
    }

    [Fact]
    public void One_file_has_one_id()
    {
        var container = DockerIds.NewContainer(Provider, DateTimeOffset.UnixEpoch);
        var piece = Gen.Char["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"];
        var prefix = DockerFileId.Of(container, "a")[..27];
        Gen.Select(piece.Array[0, 37], piece).Sample((tail, _) =>
        {
            var text = prefix + new string(tail);
            if (DockerFileId.TryParse(text, Provider, out var id) && id.Path is { } path)
            {
                Assert.Equal(text, DockerFileId.Of(id.ContainerId, path));
                Assert.All(path.Split('/'), part => Assert.False(part is "" or "." or ".."));
            }
        });
    }

    [Fact]
    public void An_id_with_a_path_that_leads_out_is_none()
    {
        var container = DockerIds.NewContainer(Provider, DateTimeOffset.UnixEpoch);
        foreach (var path in (string[])["../x", "a/../b", "/etc/passwd", "a//b", "./a", "a/", "a\0b", ".."])
        {
            var text = "cfile_" + System.Buffers.Text.Base64Url.EncodeToString([.. DockerIds.Uuid(container), .. System.Text.Encoding.UTF8.GetBytes(path)]);
            Assert.False(DockerFileId.TryParse(text, Provider, out _), path);
        }
    }
}
