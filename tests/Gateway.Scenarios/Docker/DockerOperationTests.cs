using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Xunit;

namespace Gateway.Scenarios.Docker;

/// <summary>The nine operations on a real engine.</summary>
[Collection(nameof(DockerWorld))]
public sealed class DockerOperationTests(DockerWorld world)
{
    [Theory]
    [InlineData("")]
    [InlineData(""", "read_only_root": true""")]
    public async Task Nine_operations_of_an_engine_answer_as_openai_would(string config)
    {
        await using var gateway = await world.GatewayAsync(config);
        var http = gateway.Client;
        var volumes = await world.Engine.CountVolumesAsync();

        var created = (await http.PostAsJsonAsync("/v1/containers", new
        {
            name = "wörld \"1\"",
            memory_limit = "4g",
            expires_after = new { anchor = "last_active_at", minutes = 5 },
            metadata = new { team = "blue\n" },
            network_policy = new { type = "disabled" },
        })).Ok();
        var id = created.Text("id");
        Assert.Matches("^cntr_docker_[0-9a-f]{32}$", id);
        Assert.Equal(
            ("container", "wörld \"1\"", "running", "4g"),
            (created.Text("object"), created.Text("name"), created.Text("status"), created.Text("memory_limit")));
        Assert.Equal("""{"anchor":"last_active_at","minutes":5}""", created.GetProperty("expires_after").GetRawText());
        Assert.Equal("blue\n", created.GetProperty("metadata").Text("team"));
        Assert.Equal(created.GetProperty("created_at").GetInt64(), created.GetProperty("last_active_at").GetInt64(), 30.0);
        Assert.Equal(
            created.GetProperty("created_at").GetRawText(), (await http.ReadAsync($"/v1/containers/{id}")).GetProperty("created_at").GetRawText());

        var file = await http.UploadAsync(id, Encoding.UTF8.GetBytes("hello"), "häß.txt", "in/deep/häß.txt");
        Assert.Equal(
            ("container.file", "/mnt/data/in/deep/häß.txt", "user", id),
            (file.Text("object"), file.Text("path"), file.Text("source"), file.Text("container_id")));
        Assert.Equal(5, file.GetProperty("bytes").GetInt64());
        var fileId = file.Text("id");
        Assert.StartsWith("cfile_", fileId, StringComparison.Ordinal);
        Assert.True(fileId.Length <= 64);
        var looked = await http.ReadAsync($"/v1/containers/{id}/files/{fileId}");
        Assert.Equal(file.GetProperty("created_at").GetRawText(), looked.GetProperty("created_at").GetRawText());
        Assert.Equal("hello", Encoding.UTF8.GetString(await http.DownloadAsync(id, fileId)));
        Assert.Equal([fileId], (await http.FilesAsync(id)).Data("id"));
        Assert.Contains(id, (await http.ReadAsync("/v1/containers")).Data("id"));

        var deleted = (await http.DeleteAsync($"/v1/containers/{id}/files/{fileId}")).Ok();
        Assert.Equal("container.file.deleted", deleted.Text("object"));
        Assert.Equal(404, (await http.DeleteAsync($"/v1/containers/{id}/files/{fileId}")).Refused().Status);
        Assert.Empty((await http.FilesAsync(id)).Data("id"));
        Assert.Equal("container.deleted", (await http.DeleteAsync($"/v1/containers/{id}")).Ok().Text("object"));
        Assert.Equal(404, (await http.GetAsync($"/v1/containers/{id}")).Refused().Status);
        Assert.Equal(404, (await http.DeleteAsync($"/v1/containers/{id}")).Refused().Status);
        Assert.Equal(404, (await http.GetAsync($"/v1/containers/{id}/files")).Refused().Status);
        Assert.Equal(volumes, await world.Engine.CountVolumesAsync());
    }

    [Fact]
    public async Task Container_of_an_engine_is_confined()
    {
        await using var gateway = await world.GatewayAsync();
        var id = await gateway.Client.CreateAsync();
        var host = (await world.Engine.InspectAsync(id))!.Value.GetProperty("HostConfig");
        Assert.Equal(1L << 30, host.GetProperty("Memory").GetInt64());
        Assert.Equal("none", host.Text("NetworkMode"));
        Assert.False(host.GetProperty("Privileged").GetBoolean());
        Assert.Equal("none", host.GetProperty("LogConfig").Text("Type"));
        Assert.Equal(256, host.GetProperty("PidsLimit").GetInt64());
        Assert.True(host.GetProperty("Binds").ValueKind == System.Text.Json.JsonValueKind.Null || host.GetProperty("Binds").GetArrayLength() == 0);
        var status = await world.Engine.RunAsync(
            id, "id; grep -e CapBnd -e CapEff -e NoNewPrivs /proc/self/status; ls /sys/class/net; cat /etc/secret");
        Assert.Contains("uid=1000 gid=1000", status, StringComparison.Ordinal);
        Assert.Matches("CapEff:\\s+0000000000000000", status);
        Assert.Matches("CapBnd:\\s+0000000000000000", status);
        Assert.Matches("NoNewPrivs:\\s+1", status);
        Assert.Contains("Permission denied", status, StringComparison.Ordinal);
        Assert.DoesNotContain("eth0", status, StringComparison.Ordinal);

        // Nor can a process in it reach what the gateway keeps there.
        var before = await world.Engine.RunAsync(id, "cat /.gateway/last_use; ls -lA /.gateway", "0:0");
        Assert.Matches("^[0-9]{13}", before);
        var seen = await world.Engine.RunAsync(
            id, "cat /.gateway/last_use; echo 9 > /.gateway/last_use; ls /.gateway/in; rm -rf /.gateway; mv /.gateway /x");
        Assert.DoesNotContain(before[..13], seen, StringComparison.Ordinal);
        Assert.Equal(before, await world.Engine.RunAsync(id, "cat /.gateway/last_use; ls -lA /.gateway", "0:0"));
    }

    [Fact]
    public async Task Files_that_a_process_writes_appear_and_download_identically()
    {
        await using var gateway = await world.GatewayAsync();
        var http = gateway.Client;
        var id = await http.CreateAsync();
        await http.UploadAsync(id, [1, 2, 3], "up.bin");
        var sum = (await world.Engine.RunAsync(
            id,
            "mkdir -p out && dd if=/dev/urandom of=out/r.bin bs=1000 count=3001 2>/dev/null; echo x >> up.bin; sha256sum out/r.bin")).Split(' ')[0];
        var list = await http.FilesAsync(id, "order=asc");
        var files = list.GetProperty("data").EnumerateArray().ToDictionary(item => item.Text("path"));
        Assert.Equal(["/mnt/data/out/r.bin", "/mnt/data/up.bin"], files.Keys.Order());
        Assert.Equal(
            (3_001_000, "assistant"), (files["/mnt/data/out/r.bin"].GetProperty("bytes").GetInt32(), files["/mnt/data/out/r.bin"].Text("source")));
        Assert.Equal((5, "user"), (files["/mnt/data/up.bin"].GetProperty("bytes").GetInt32(), files["/mnt/data/up.bin"].Text("source")));
        var fileId = files["/mnt/data/out/r.bin"].Text("id");
        var bytes = await http.DownloadAsync(id, fileId);
        Assert.Equal(sum, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)));

        using var part = new HttpRequestMessage(HttpMethod.Get, $"/v1/containers/{id}/files/{fileId}/content")
        {
            Headers = { Range = new RangeHeaderValue(1_000_000, 1_000_099) },
        };
        using var answer = await http.SendAsync(part);
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal(bytes[1_000_000..1_000_100], await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Hostile_names_of_files_are_only_names()
    {
        await using var gateway = await world.GatewayAsync();
        var http = gateway.Client;
        var id = await http.CreateAsync();
        string[] names =
        [
            "-rf", "--help", "a b", "x\ny", "\n", "//end 0\n"[2..], "é😀", "$(id)", "`id`", "'\"\\", "*", "\u0001", new string('n', 255), "\\0101",
            "%2e%2e", ".hidden", "...", "a\r\n",
        ];
        foreach (var name in names)
        {
            var octal = string.Concat(Encoding.UTF8.GetBytes(name).Select(b => "\\" + Convert.ToString(b, 8).PadLeft(3, '0')));
            await world.Engine.RunAsync(id, $"n=$(printf '{octal}.'); n=${{n%.}}; mkdir -p d; printf %s \"$n\" > \"./$n\"; printf in > \"./d/$n\"");
        }

        var list = await http.FilesAsync(id);
        Assert.Equal(
            names.SelectMany(name => new[] { $"/mnt/data/{name}", $"/mnt/data/d/{name}" }).Order(StringComparer.Ordinal),
            list.Data("path").Order(StringComparer.Ordinal));
        Assert.All(list.Data("id"), file => Assert.True(file.Length <= 64));
        foreach (var item in list.GetProperty("data").EnumerateArray().Where(
            item => !item.Text("path").StartsWith("/mnt/data/d/", StringComparison.Ordinal)))
        {
            Assert.Equal(item.Text("path")["/mnt/data/".Length..], Encoding.UTF8.GetString(await http.DownloadAsync(id, item.Text("id"))));
            (await http.DeleteAsync($"/v1/containers/{id}/files/{item.Text("id")}")).Ok();
        }

        Assert.All((await http.FilesAsync(id)).Data("path"), path => Assert.StartsWith("/mnt/data/d/", path, StringComparison.Ordinal));
        foreach (var path in new[] { "-rf", "a b/--", "é😀/$(id)", "d/x" })
        {
            var file = await http.UploadAsync(id, [7], path: path);
            Assert.Equal("/mnt/data/" + path, file.Text("path"));
            Assert.Equal([7], await http.DownloadAsync(id, file.Text("id")));
        }
    }

    [Fact]
    public async Task Links_and_devices_in_a_container_lead_nowhere()
    {
        await using var gateway = await world.GatewayAsync();
        var http = gateway.Client;
        var id = await http.CreateAsync();
        await http.UploadAsync(id, [1], "real.txt", "real/f");
        await world.Engine.RunAsync(
            id,
            "ln -s /etc etc; ln -s /etc/secret secret; ln -s real inside; mkfifo pipe; ln -s /tmp/new dangling; ln -s / root; "
                + "mkdir dir; mknod dev c 1 5");
        Assert.Equal(["/mnt/data/real/f"], (await http.FilesAsync(id)).Data("path"));
        string[] unreadable = ["etc/passwd", "secret", "etc/secret", "inside/f", "pipe", "root/etc/secret", "dangling", "dir", "nope", "real/f/x"];
        foreach (var path in unreadable)
        {
            var file = Gateway_file_id(id, path);
            Assert.Equal((path, 404), (path, (await http.GetAsync($"/v1/containers/{id}/files/{file}")).Refused().Status));
            Assert.Equal((path, 404), (path, (await http.GetAsync($"/v1/containers/{id}/files/{file}/content")).Refused().Status));
            Assert.Equal((path, 404), (path, (await http.DeleteAsync($"/v1/containers/{id}/files/{file}")).Refused().Status));
        }

        (string, int)[] refused =
            [("etc/x", 400), ("inside/x", 400), ("real/f/x", 409), ("dir", 409), ("../x", 400), ("/etc/x", 400), ("pipe/x", 409)];
        foreach (var (path, status) in refused)
        {
            Assert.Equal((path, status), (path, (await http.SendUploadAsync(id, new ByteArrayContent([1]), path: path)).Refused().Status));
        }

        // A link is replaced by what is uploaded in its place, never followed.
        await http.UploadAsync(id, [5], path: "secret");
        await http.UploadAsync(id, [6], path: "dangling");
        Assert.Equal(
            "5 1 6\nroot's",
            await world.Engine.RunAsync(
                id,
                "dd if=secret bs=1 2>/dev/null | tr '\\005' 5; printf ' %s ' $(stat -c %h secret); tr '\\006' 6 < dangling; "
                    + "echo; ls /tmp; cat /etc/secret",
                "0:0"));
        Assert.Equal("", await world.Engine.RunAsync(id, "ls -A /.gateway/in", "0:0"));
    }

    [Fact]
    public async Task Files_are_copied_from_container_to_container()
    {
        await using var gateway = await world.GatewayAsync();
        var http = gateway.Client;
        var first = await http.CreateAsync();
        var one = (await http.UploadAsync(first, Encoding.UTF8.GetBytes("one"), "one.txt")).Text("id");
        var deep = string.Join('/', Enumerable.Repeat("directory", 10)) + "/two.txt";
        var two = (await http.UploadAsync(first, Encoding.UTF8.GetBytes("two"), path: deep)).Text("id");
        Assert.True(two.Length <= 64);

        var second = await http.CreateAsync(new { name = "copy", file_ids = new[] { one, two } });
        Assert.Equal(["/mnt/data/one.txt", "/mnt/data/two.txt"], (await http.FilesAsync(second)).Data("path").Order());
        var copied = (await http.PostAsJsonAsync($"/v1/containers/{second}/files", new { file_id = two, file_path = "a/b" })).Ok();
        Assert.Equal("/mnt/data/a/b", copied.Text("path"));
        Assert.Equal("two", Encoding.UTF8.GetString(await http.DownloadAsync(second, copied.Text("id"))));

        Assert.Equal(404, (await http.GetAsync($"/v1/containers/{second}/files/{one}")).Refused().Status);
        Assert.Equal(404, (await http.PostAsJsonAsync($"/v1/containers/{second}/files", new { file_id = "cfile_nope!" })).Refused().Status);
        var before = (await world.Engine.NamesAsync()).Count;
        Assert.Equal(404, (await http.PostAsJsonAsync("/v1/containers", new { name = "x", file_ids = new[] { one, "file-abc" } })).Refused().Status);
        Assert.Equal(
            400,
            (await http.PostAsJsonAsync(
                "/v1/containers",
                new { name = "x", file_ids = new[] { one, (await http.UploadAsync(first, [1], path: "d/one.txt")).Text("id") } })).Refused().Status);
        Assert.Equal(400, (await http.PostAsJsonAsync(
            "/v1/containers", new { name = "x", network_policy = new { type = "allowlist", allowed_domains = new[] { "a.b" } } })).Refused().Status);
        Assert.Equal(before, (await world.Engine.NamesAsync()).Count);
    }

    [Fact]
    public async Task Pages_go_on_behind_what_has_been_deleted()
    {
        await using var gateway = await world.GatewayAsync(name: "pages");
        var http = gateway.Client;
        var ids = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            ids.Add(await http.CreateAsync(new { name = $"n{i % 2}" }));
        }

        var first = await http.ReadAsync("/v1/containers?limit=2");
        Assert.Equal([ids[3], ids[2]], first.Data("id"));
        Assert.True(first.GetProperty("has_more").GetBoolean());
        Assert.Equal([ids[0], ids[1]], (await http.ReadAsync("/v1/containers?limit=2&order=asc")).Data("id"));
        Assert.Equal([ids[2], ids[0]], (await http.ReadAsync("/v1/containers?name=n0")).Data("id"));
        (await http.DeleteAsync($"/v1/containers/{ids[2]}")).Ok();
        var second = await http.ReadAsync($"/v1/containers?limit=2&after={ids[2]}");
        Assert.Equal([ids[1], ids[0]], second.Data("id"));
        Assert.False(second.GetProperty("has_more").GetBoolean());
        Assert.Equal(400, (await http.GetAsync("/v1/containers?after=cntr_x")).Refused().Status);

        await world.Engine.RunAsync(ids[0], "for i in $(seq 100 1100); do echo $i > f$i; done");
        var seen = new List<string>();
        for (var after = ""; ;)
        {
            var page = await http.FilesAsync(ids[0], $"limit=100&order=asc{after}");
            seen.AddRange(page.Data("path"));
            (await http.DeleteAsync($"/v1/containers/{ids[0]}/files/{page.Text("last_id")}")).Ok();
            if (!page.GetProperty("has_more").GetBoolean())
            {
                break;
            }

            after = $"&after={page.Text("last_id")}";
        }

        Assert.Equal(1001, seen.Distinct().Count());
        Assert.Equal(1001, seen.Count);
    }

    private static string Gateway_file_id(string container, string path) => "cfile_" + System.Buffers.Text.Base64Url.EncodeToString(
        [.. Convert.FromHexString(container[^32..]), .. Encoding.UTF8.GetBytes(path)]);
}
