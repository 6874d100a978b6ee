using Gateway.Providers.Docker;

namespace Gateway.Providers.Tests.Docker;

public sealed class DockerIdTests
{
    private const string Provider = "docker";

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
    public void Text_of_another_form_is_no_container_id(string text) => Assert.False(DockerIds.IsContainer(text, Provider));
}
