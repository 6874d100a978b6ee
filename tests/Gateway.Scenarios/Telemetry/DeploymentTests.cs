using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Fakes;
using Gateway.Settings;
using k8s;
using Xunit;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Gateway.Scenarios.Telemetry;

/// <summary>The files that start the gateway with everything around it.</summary>
public sealed partial class DeploymentTests
{
    public static TheoryData<string> Yaml =>
        [.. Directory.EnumerateFiles(System.IO.Path.Combine(Repository.Root, "config"), "*.y*ml", SearchOption.AllDirectories)
            .Select(file => System.IO.Path.GetRelativePath(Repository.Root, file)).Order()];

    [Theory]
    [MemberData(nameof(Yaml))]
    public void Deployment_files_are_valid_yaml(string file) => Assert.NotEmpty(Load(file));

    /// <summary>A mount of something that does not exist becomes an empty directory, and the service starts without its configuration.</summary>
    [Fact]
    public void Composition_mounts_only_what_exists()
    {
        var compose = Load("config/compose/compose.yaml")[0];
        var volumes = ((YamlMappingNode)compose["volumes"]).Children.Keys.Select(key => key.ToString()).ToHashSet();
        foreach (var (name, service) in ((YamlMappingNode)compose["services"]).Children)
        {
            foreach (var mount in Items(service, "volumes").Select(mount => mount.Split(':')[0]))
            {
                var path = System.IO.Path.GetFullPath(mount, System.IO.Path.Combine(Repository.Root, "config/compose"));
                Assert.True(volumes.Contains(mount) || File.Exists(path) || Directory.Exists(path), $"{name} mounts {mount}");
            }

            foreach (var port in Items(service, "ports"))
            {
                Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal);
            }

            foreach (var needed in Items(service, "depends_on"))
            {
                Assert.Contains(needed, ((YamlMappingNode)compose["services"]).Children.Keys.Select(key => key.ToString()));
            }

            if (!((YamlMappingNode)service).Children.ContainsKey("build"))
            {
                Assert.Matches(":v?[0-9]", service["image"].ToString());
            }
        }
    }

    [Fact]
    public void Composition_connects_services_that_exist()
    {
        var services = ((YamlMappingNode)Load("config/compose/compose.yaml")[0]["services"]).Children.Keys.Select(key => key.ToString()).ToHashSet();
        foreach (var file in new[] { "compose.yaml", "collector.yaml", "prometheus.yml", "grafana/datasources.yaml" })
        {
            foreach (Match address in Address().Matches(Repository.Read($"config/compose/{file}")))
            {
                var host = address.Groups[1].Value;
                Assert.True(host is "127.0.0.1" or "0.0.0.0" || services.Contains(host), $"{file} refers to {host}");
            }
        }
    }

    /// <summary>Debian's compose is older than the member that names a project, and knows all the others.</summary>
    [Fact]
    public async Task Composition_is_one_that_compose_accepts()
    {
        var composition = Repository.Read("config/compose/compose.yaml").Replace("\nname: gateway\n", "\n", StringComparison.Ordinal);
        Assert.Equal((0, ""), await ComposeAsync(composition));
        Assert.NotEqual(0, (await ComposeAsync(composition.Replace("depends_on:", "depend_on:", StringComparison.Ordinal))).Code);

        static Task<(int Code, string Output)> ComposeAsync(string composition) =>
            Tool.RunAsync(
                "docker-compose", composition, "--project-directory", "config/compose", "-p", "gateway", "-f", "-", "config", "--quiet");
    }

    [Fact]
    public async Task Prometheus_configuration_is_one_that_promtool_accepts()
    {
        var (code, output) = await Tool.RunAsync("promtool", null, "check", "config", "--syntax-only", "config/compose/prometheus.yml");
        Assert.True(code == 0, output);
    }

    [Theory]
    [InlineData("config/compose/gateway.json")]
    [InlineData("config/kubernetes/gateway.json")]
    public void Deployed_configuration_is_one_that_starts(string file)
    {
        var settings = SettingsReader.Read(System.IO.Path.Combine(Repository.Root, file), name => name switch
        {
            "REDIS_URL" => "redis:6379",
            "GATEWAY_CLIENT_KEY" => "sk-bf-0123456789abcdefghijklmnop",
            _ => null,
        });
        Assert.False(settings.Access.IsOpen);
        Assert.NotEmpty(settings.Providers);
        Assert.All(
            settings.Server.AdminUrls.Concat(settings.Server.Urls), url => Assert.StartsWith("http://0.0.0.0:", url, StringComparison.Ordinal));
    }

    [Fact]
    public void Deployment_has_the_probes_and_ports_of_the_gateway()
    {
        var pod = Load("config/kubernetes/deployment.yaml")[0]["spec"]["template"]["spec"];
        var container = pod["containers"][0];
        Assert.Equal("/livez", container["livenessProbe"]["httpGet"]["path"].ToString());
        Assert.Equal("/livez", container["startupProbe"]["httpGet"]["path"].ToString());
        Assert.Equal("/readyz", container["readinessProbe"]["httpGet"]["path"].ToString());
        var ports = ((YamlSequenceNode)container["ports"]).ToDictionary(port => port["name"].ToString(), port => port["containerPort"].ToString());
        Assert.Equal(new Dictionary<string, string> { ["http"] = "8080", ["admin"] = "8081" }, ports);
        var drain = JsonDocument.Parse(
            Repository.Read("config/kubernetes/gateway.json")).RootElement.GetProperty("server").GetProperty("drain_timeout_seconds").GetInt32();
        var pause = int.Parse(ImagePause().Match(Repository.Read("Dockerfile")).Groups[1].Value);
        Assert.True(int.Parse(pod["terminationGracePeriodSeconds"].ToString()) > drain + pause);
    }

    [Fact]
    public void Kustomization_lists_every_kubernetes_manifest()
    {
        var listed = Items(Load("config/kubernetes/kustomization.yaml")[0], "resources").ToList();
        var present = Directory.EnumerateFiles(System.IO.Path.Combine(Repository.Root, "config/kubernetes"), "*.yaml")
            .Select(file => System.IO.Path.GetFileName(file)).Where(file => file != "kustomization.yaml");
        Assert.Equal(present.Order(), listed.Order());
        var kinds = listed.SelectMany(file => Load($"config/kubernetes/{file}")).Select(document => document["kind"].ToString()).Order();
        Assert.Equal(
            ["Deployment", "HorizontalPodAutoscaler", "Namespace", "NetworkPolicy", "PodDisruptionBudget", "Service", "Service", "ServiceMonitor"],
            kinds);
    }

    /// <summary>
    /// Every member is one the kind has, with a value it can hold; only the ServiceMonitor is of a kind that is not Kubernetes' own.
    /// </summary>
    [Fact]
    public void Manifests_are_ones_that_kubernetes_understands()
    {
        foreach (var file in Items(Load("config/kubernetes/kustomization.yaml")[0], "resources").Where(file => file != "monitoring.yaml"))
        {
            var objects = KubernetesYaml.LoadAllFromString(Repository.Read($"config/kubernetes/{file}"), strict: true);
            Assert.Equal(Load($"config/kubernetes/{file}").Count, objects.Count);
            Assert.All(objects, each => Assert.IsAssignableFrom<IKubernetesObject>(each));
        }

        Assert.ThrowsAny<YamlException>(() => KubernetesYaml.LoadAllFromString(
            Repository.Read("config/kubernetes/deployment.yaml").Replace("periodSeconds:", "periodSecond:", StringComparison.Ordinal), strict: true));
    }

    private static List<YamlNode> Load(string file)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Repository.Read(file)));
        return [.. yaml.Documents.Select(document => document.RootNode)];
    }

    private static IEnumerable<string> Items(YamlNode node, string name) =>
        ((YamlMappingNode)node).Children.TryGetValue(name, out var items) ? ((YamlSequenceNode)items).Select(item => item.ToString()) : [];

    [GeneratedRegex(@"(?<![a-z0-9./])(?:https?://)?([a-z][a-z0-9]*|[0-9.]{7,}):[0-9]{4,5}\b")]
    private static partial Regex Address();

    [GeneratedRegex("GATEWAY_DRAIN_DELAY_SECONDS=([0-9]+)")]
    private static partial Regex ImagePause();
}
