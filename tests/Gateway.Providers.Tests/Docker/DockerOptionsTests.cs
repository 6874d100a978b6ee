using System.Text.Json;
using Gateway.Providers.Contract;
using Gateway.Providers.Docker;

namespace Gateway.Providers.Tests.Docker;

public sealed class DockerOptionsTests
{
    [Theory]
    [InlineData("""{"network":"host"}""", "network")]
    [InlineData("""{"network":"container:x"}""", "network")]
    [InlineData("""{"user":"0"}""", "user")]
    [InlineData("""{"user":"1000:0"}""", "user")]
    [InlineData("""{"user":"root"}""", "user")]
    [InlineData("""{"user":"3000000"}""", "user")]
    [InlineData("""{"image":""}""", "image")]
    [InlineData("""{"images":{"2g":"x"}}""", "images.2g")]
    [InlineData("""{"pull_policy":"sometimes"}""", "pull_policy")]
    [InlineData("""{"max_containers":0}""", "max_containers")]
    [InlineData("""{"max_memory_limit":"2g"}""", "max_memory_limit")]
    [InlineData("""{"max_total_memory":"0g"}""", "max_total_memory")]
    [InlineData("""{"max_spooled_mb":0}""", "max_spooled_mb")]
    [InlineData("""{"command":[]}""", "command")]
    [InlineData("""{"cpus":0}""", "cpus")]
    [InlineData("""{"pids_limit":0}""", "pids_limit")]
    [InlineData("""{"ulimits":{"no file":1}}""", "ulimits.no file")]
    [InlineData("""{"labels":{"gateway.managed":"0"}}""", "labels.gateway.managed")]
    [InlineData("""{"workdir":"/"}""", "workdir")]
    [InlineData("""{"workdir":"/a/../b"}""", "workdir")]
    [InlineData("""{"workdir":"/proc/x"}""", "workdir")]
    [InlineData("""{"workdir":"/.gateway/in"}""", "workdir")]
    [InlineData("""{"host":"ssh://x"}""", "host")]
    [InlineData("""{"host":"nonsense"}""", "host")]
    [InlineData("""{"host":"tcp://h","tls":{"cert":"/x"}}""", "tls")]
    [InlineData("""{"host":"tcp://h","tls":{"ca":"/no/such/file"}}""", "tls.ca")]
    public void Docker_option_that_cannot_work_or_would_not_be_safe_is_refused(string json, string member) =>
        Assert.Equal(member, Assert.Throws<ConfigSectionException>(() => Read(json)).Member);

    [Fact]
    public void Unknown_member_of_the_docker_section_is_refused() => Assert.Throws<JsonException>(() => Read("""{"privileged":true}"""));

    [Theory]
    [InlineData("unix:///run/x.sock", null, "http://d6c83356f4cc06e3.engine.local/", "/run/x.sock")]
    [InlineData("tcp://h", null, "http://h:2375/", null)]
    [InlineData("tcp://h:1", null, "http://h:1/", null)]
    [InlineData("https://h:1", null, "https://h:1/", null)]
    [InlineData(null, "unix:///env.sock", "http://d659bca3b21b9ef4.engine.local/", "/env.sock")]
    [InlineData(null, null, "http://73e4449650a6abd8.engine.local/", "/run/podman/podman.sock")]
    public void The_engine_is_found_as_dockers_own_tools_find_it(string? host, string? environment, string address, string? socket)
    {
        var found = DockerAddress.Resolve(
            host, null, name => name == "DOCKER_HOST" ? environment : null, path => path == "/run/podman/podman.sock", _ => "");
        Assert.Equal((address, socket), (found.BaseAddress.AbsoluteUri, found.Transport?.UnixSocketPath));
    }

    [Fact]
    public void Sections_that_say_the_same_are_equal_and_others_are_not()
    {
        const string Text = """{"host":"tcp://h","images":{"1g":"x"},"ulimits":{"nofile":1},"labels":{"a":"b"},"command":["sh","-c"]}""";
        Assert.Equal(Read(Text), Read(Text));
        Assert.Equal(Read(Text).GetHashCode(), Read(Text).GetHashCode());
        foreach (var (from, to) in new[] { ("tcp://h", "tcp://i"), ("\"x\"", "\"y\""), (":1}", ":2}"), ("\"b\"", "\"c\""), ("-c", "-d") })
        {
            Assert.NotEqual(Read(Text), Read(Text.Replace(from, to, StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData("1.41", "1.24", "1.41")]
    [InlineData("1.56", "1.44", "1.44")]
    [InlineData("1.30", "1.12", "1.30")]
    public void Version_spoken_to_an_engine_is_one_that_it_knows(string newest, string oldest, string chosen) =>
        Assert.Equal(chosen, EngineVersion.Choose(newest, oldest));

    private static DockerOptions Read(string json) => DockerOptionsReader.Read(JsonDocument.Parse(json).RootElement);
}
