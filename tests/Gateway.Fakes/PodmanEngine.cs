using System.Diagnostics;
using System.Formats.Tar;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Gateway.Fakes;

/// <summary>
/// A real engine: Podman's service on a socket of its own, with storage of its own, so that it knows nothing else and nothing else knows it.
/// Everything it made is gone when it is disposed, whatever happened.
/// </summary>
internal sealed class PodmanEngine : IAsyncDisposable
{
    public const string Image = "localhost/sandbox:test";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("pd").FullName;
    private readonly HttpClient _http;
    private Process? _service;

    private PodmanEngine()
    {
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), token);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
            PooledConnectionLifetime = TimeSpan.Zero,
        })
        {
            BaseAddress = new Uri("http://engine.local/v1.41/"),
            Timeout = s_patience,
        };
    }

    public string SocketPath => System.IO.Path.Combine(_folder, "engine.sock");

    public static async Task<PodmanEngine> StartAsync()
    {
        var engine = new PodmanEngine();
        try
        {
            var root = System.IO.Path.Combine(engine._folder, "rootfs.tar");
            WriteImage(root);
            await engine.PodmanAsync("import", root, Image);
            File.Delete(root);
            await engine.RestartAsync();
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the service and waits until it answers.</summary>
    public async Task RestartAsync()
    {
        var start = Start("system", "service", "--time=0", "unix://" + SocketPath);
        File.Delete(SocketPath);
        _service = Process.Start(start)!;
        _ = _service.StandardError.ReadToEndAsync();
        _ = _service.StandardOutput.ReadToEndAsync();
        using var limit = new CancellationTokenSource(s_patience);
        while (true)
        {
            try
            {
                (await _http.GetAsync("_ping", limit.Token)).EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException) when (!_service.HasExited)
            {
                await Task.Delay(20, limit.Token);
            }
        }
    }

    /// <summary>Kills the service as a crash would; the containers live on.</summary>
    public async Task KillAsync()
    {
        _service!.Kill();
        await _service.WaitForExitAsync();
    }

    /// <summary>Runs a command in a container, past the gateway, as the container's user, and returns its output.</summary>
    public async Task<string> RunAsync(string container, string script, string user = "1000:1000")
    {
        using var created = await _http.PostAsJsonAsync(
            $"containers/{container}/exec", new { AttachStdout = true, AttachStderr = true, User = user, Cmd = new[] { "/bin/sh", "-c", script } });
        var exec = (await ReadAsync(created)).GetProperty("Id").GetString();
        using var started = await _http.PostAsJsonAsync($"exec/{exec}/start", new { Detach = false, Tty = false });
        var frames = await started.Content.ReadAsByteArrayAsync();
        var text = new MemoryStream();
        for (var at = 0; at + 8 <= frames.Length;)
        {
            var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(frames.AsSpan(at + 4));
            text.Write(frames, at + 8, length);
            at += 8 + length;
        }

        return System.Text.Encoding.UTF8.GetString(text.ToArray());
    }

    /// <summary>Makes a container of somebody else's.</summary>
    public async Task<string> CreateForeignAsync(string name, object? labels = null, bool start = true)
    {
        using var created = await _http.PostAsJsonAsync($"containers/create?name={name}", new
        {
            Image,
            Entrypoint = new[] { "/bin/sh", "-c", "sleep 1000" },
            Labels = labels ?? new { },
            HostConfig = new
            {
                NetworkMode = "none",
                Ulimits = new[] { new { Name = "nofile", Soft = 1024, Hard = 1024 }, new { Name = "nproc", Soft = 1000, Hard = 1000 } },
            },
        });
        var id = (await ReadAsync(created)).GetProperty("Id").GetString()!;
        if (start)
        {
            (await _http.PostAsync($"containers/{id}/start", null)).EnsureSuccessStatusCode();
        }

        return id;
    }

    /// <summary>What the engine says of a container; null when there is none.</summary>
    public async Task<JsonElement?> InspectAsync(string container)
    {
        using var answer = await _http.GetAsync($"containers/{container}/json");
        return answer.StatusCode == System.Net.HttpStatusCode.NotFound ? null : await ReadAsync(answer);
    }

    /// <summary>Sends an action such as <c>pause</c> or <c>kill</c>.</summary>
    public async Task ActAsync(string container, string action) =>
        (await _http.PostAsync($"containers/{container}/{action}", null)).EnsureSuccessStatusCode();

    /// <summary>Waits until something has begun to arrive in a directory of a container, or nothing is left there.</summary>
    public async Task UntilAsync(string container, string directory, bool empty = false)
    {
        using var limit = new CancellationTokenSource(s_patience);
        while ((await RunAsync(container, $"ls -A {directory}", "0:0")).Length == 0 != empty)
        {
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>Waits until a container no longer runs.</summary>
    public async Task WaitAsync(string container) => (await _http.PostAsync($"containers/{container}/wait", null)).EnsureSuccessStatusCode();

    /// <summary>Names of all containers.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync()
    {
        using var answer = await _http.GetAsync("containers/json?all=true");
        return [.. (await ReadAsync(answer)).EnumerateArray().Select(item => item.GetProperty("Names")[0].GetString()!.TrimStart('/'))];
    }

    /// <summary>Names of all volumes.</summary>
    public async Task<int> CountVolumesAsync()
    {
        using var answer = await _http.GetAsync("volumes");
        var volumes = (await ReadAsync(answer)).GetProperty("Volumes");
        return volumes.ValueKind == JsonValueKind.Array ? volumes.GetArrayLength() : 0;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        try
        {
            await PodmanAsync("rm", "--all", "--force", "--time", "0");
        }
        catch (Exception exception) when (exception is InvalidOperationException or OperationCanceledException)
        {
            // What is left of it is seen by the removal of the folder.
        }

        if (_service is { HasExited: false })
        {
            await KillAsync();
        }

        for (var attempt = 1; ; attempt++)
        {
            KillWatchers();
            try
            {
                Directory.Delete(_folder, recursive: true);
                return;
            }
            catch (IOException) when (attempt < 300)
            {
                // A watcher that has just been killed may still be letting go, or have started its clean-up.
                await Task.Delay(100);
            }
        }
    }

    /// <summary>Podman leaves the watchers of ended execs for minutes. Only those that name this engine's own folder are touched.</summary>
    private void KillWatchers()
    {
        foreach (var entry in Directory.EnumerateDirectories("/proc").Where(entry => entry.AsSpan(6).IndexOfAnyExceptInRange('0', '9') < 0))
        {
            try
            {
                if (File.ReadAllText(entry + "/cmdline").Contains(_folder + "/", StringComparison.Ordinal))
                {
                    Process.GetProcessById(int.Parse(entry.AsSpan(6), System.Globalization.CultureInfo.InvariantCulture)).Kill();
                }
            }
            catch (Exception exception) when (
                exception is IOException or ArgumentException or InvalidOperationException or UnauthorizedAccessException)
            {
                // It has ended by itself.
            }
        }
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement : throw new InvalidOperationException(text);
    }

    /// <summary>A root file system of one program with many names.</summary>
    private static void WriteImage(string path)
    {
        using var tar = new TarWriter(File.Create(path));
        foreach (var folder in (ReadOnlySpan<string>)["bin", "etc", "tmp", "proc", "sys", "dev", "run", "mnt"])
        {
            var mode = (UnixFileMode)(folder == "tmp" ? 0x3FF : 0x1ED);
            tar.WriteEntry(new PaxTarEntry(TarEntryType.Directory, folder + "/") { Mode = mode });
        }

        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "bin/busybox")
        {
            Mode = (UnixFileMode)0x1ED, DataStream = new MemoryStream(File.ReadAllBytes("/bin/busybox")),
        });
        const string Programs = "sh ls cat find stat rm mkdir sleep ps mv touch test id kill wc head tail tar chmod ln mkfifo dd env seq md5sum "
            + "sha256sum df rmdir true yes cp mknod";
        foreach (var name in Programs.Split(' '))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "bin/" + name) { LinkName = "busybox" });
        }

        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "etc/secret")
        {
            Mode = (UnixFileMode)0x180, DataStream = new MemoryStream("root's"u8.ToArray()),
        });
    }

    private async Task PodmanAsync(params string[] arguments)
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var process = Process.Start(Start(arguments))!;
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        _ = process.StandardOutput.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"podman {string.Join(' ', arguments)}: {await errors}");
        }
    }

    private ProcessStartInfo Start(params string[] arguments) => new(
        "podman",
        [
            "--root", System.IO.Path.Combine(_folder, "root"), "--runroot", System.IO.Path.Combine(_folder, "run"), "--tmpdir",
            System.IO.Path.Combine(_folder, "tmp"),
            "--storage-driver", "vfs", "--runtime", "runc", "--cgroup-manager", "cgroupfs", .. arguments,
        ])
    {
        RedirectStandardError = true,
        RedirectStandardOutput = true,
        UseShellExecute = false,
    };
}
