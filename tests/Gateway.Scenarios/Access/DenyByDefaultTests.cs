using System.Net;
using System.Text.Json.Nodes;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Access;

/// <summary>What other machines reach answers nobody who does not say who he is, unless the file says otherwise.</summary>
public sealed class DenyByDefaultTests : IDisposable
{
    private const string Key = "sk-bf-Q2xpZW50IGtleSBvZiBBbm4sIGZvciB0ZXN0cy4x";

    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-exposure-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Start_on_a_reachable_address_without_keys_ends_with_a_sentence()
    {
        await using var gateway = await GatewayProcess.LaunchAsync(_directory, Config(), ("ASPNETCORE_URLS", "http://0.0.0.0:0"));
        await gateway.WaitForExitAsync(Until.Hung);
        Assert.Equal(78, gateway.ExitCode);
        Assert.Contains("`gateway keys new` makes one", string.Join('\n', gateway.Output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reachable_gateway_with_a_key_asks_for_it_and_shows_other_machines_probes_only()
    {
        await using var gateway = await GatewayProcess.StartAsync(
            _directory, Config(), ("ASPNETCORE_URLS", "http://0.0.0.0:0"), ("GATEWAY_ADMIN_URLS", "http://0.0.0.0:0"), ("GATEWAY_CLIENT_KEY", Key));
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(gateway.Url + "/v1/containers")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.SendAsync(HttpMethod.Get, gateway.Url + "/v1/containers", null, ("x-bf-vk", Key))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(gateway.AdminUrl + "/livez")).StatusCode);
        Assert.Equal("""{"status":"ready"}""", await http.GetStringAsync(gateway.AdminUrl + "/readyz"));
        foreach (var path in new[] { "/metrics", "/METRICS", "/metrics/", "/health", "/explain?operation=container_list", "/readyz/", "/" })
        {
            Assert.Equal(
                HttpStatusCode.Unauthorized,
                (await http.SendAsync(HttpMethod.Get, gateway.AdminUrl + path, null, ("Authorization", "Bearer x"))).StatusCode);
        }

        await gateway.KillAsync();
    }

    [Fact]
    public async Task Admin_token_opens_everything_and_metrics_may_be_let_out_without()
    {
        await using var gateway = await GatewayProcess.StartAsync(
            _directory, Config("\"metrics_without_token\": true, \"admin_token\": \"env.TOKEN\","), ("TOKEN", Key),
            ("GATEWAY_ADMIN_URLS", "http://0.0.0.0:0"));
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(gateway.AdminUrl + "/metrics")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(gateway.AdminUrl + "/health")).StatusCode);
        foreach (var path in new[] { "/metrics", "/health", "/explain?operation=container_list" })
        {
            Assert.Equal(
                HttpStatusCode.OK,
                (await http.SendAsync(HttpMethod.Get, gateway.AdminUrl + path, null, ("Authorization", $"Bearer {Key}"))).StatusCode);
        }

        var ready = await ApiCalls.OkAsync(http.SendAsync(HttpMethod.Get, gateway.AdminUrl + "/readyz", null, ("Authorization", $"bearer {Key}")));
        Assert.NotNull(ready["config_revision"]);
        await gateway.KillAsync();
    }

    [Fact]
    public async Task Edit_that_takes_the_last_key_from_a_reachable_gateway_is_refused()
    {
        var keys = $$"""
            "governance": { "virtual_keys": [ { "name": "ann", "value": "{{Key}}", "provider_configs": [ { "provider": "*" } ] } ] },
            """;
        const string Reachable = "\"urls\": \"http://0.0.0.0:0\",";
        await using var gateway = await GatewayProcess.StartAsync(_directory, Config(Reachable, keys));
        using var http = new HttpClient();

        // Also one that speaks of another address: what is listened on does not change before the next start.
        await File.WriteAllTextAsync(System.IO.Path.Combine(_directory, "gateway.json"), Config("\"urls\": \"http://127.0.0.1:0\","));
        JsonObject? ready = null;
        await Until.TrueAsync(
            async () => (ready = await ApiCalls.OkAsync(http.GetAsync(gateway.AdminUrl + "/readyz")))["config_refused"] is not null,
            "the edit is not refused");
        Assert.Contains("client.allow_anonymous: true", ready!["config_refused"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(gateway.Url + "/v1/containers")).StatusCode);
        await gateway.KillAsync();
    }

    [Fact]
    public async Task New_key_goes_from_the_command_line_to_a_client()
    {
        await using var command = await GatewayProcess.RunAsync(_directory, "keys", "new", "--name", "web-1");
        Assert.Equal(0, command.ExitCode);
        var value = command.Output.First();
        Assert.StartsWith("sk-bf-", value, StringComparison.Ordinal);
        var section = string.Join('\n', command.Output.SkipWhile(line => !line.Contains("\"governance\"", StringComparison.Ordinal))
            .TakeWhile(line => line.Length > 0));
        await using var gateway = await GatewayProcess.StartAsync(_directory, Config("", section + ","), ("GATEWAY_KEY_WEB_1", value));
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await http.SendAsync(HttpMethod.Get, gateway.Url + "/v1/containers", null, ("api-key", value))).StatusCode);
        await gateway.KillAsync();
    }

    [Fact]
    public async Task Doctor_names_keys_that_nobody_can_use_and_those_that_can_be_guessed()
    {
        await File.WriteAllTextAsync(System.IO.Path.Combine(_directory, "gateway.json"), Config("", """
            "governance": { "virtual_keys": [ { "name": "unset", "value": "env.NOT_SET_HERE" }, { "name": "weak", "value": "env.WEAK" } ] },
            """));
        using var output = new StringWriter();
        var code = await Gateway.Hosting.Doctor.RunAsync(
            System.IO.Path.Combine(_directory, "gateway.json"), name => name == "WEAK" ? "sk-bf-weak-value" : null, _directory, output);
        Assert.Equal(1, code);
        Assert.Matches("FAIL +client key unset +the environment variable NOT_SET_HERE is not set", output.ToString());
        Assert.Matches("FAIL +client key weak +can be guessed", output.ToString());
        Assert.DoesNotContain("sk-bf-weak-value", output.ToString(), StringComparison.Ordinal);
    }

    private static string Config(string server = "", string others = "") => $$"""
        {
          "server": { {{(server.Contains("\"urls\"", StringComparison.Ordinal) ? "" : "\"urls\": \"http://127.0.0.1:0\",")}} {{server}}
                      "admin_urls": "http://127.0.0.1:0" }, {{others}}
          "default_provider": "local", "drop_in_provider": "local", "data_directory": "./data", "providers": { "local": {} }
        }
        """;
}
