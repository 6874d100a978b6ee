using System.Buffers;
using System.Text.Json;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>The body of a create. Everything that keeps a container in its place is here, and none of it depends on the client.</summary>
internal static class CreateBody
{
    private const long GiB = 1L << 30;

    public static void Write(
        IBufferWriter<byte> output, TranslatedSpec spec, string image, string provider, string? owner, DockerOptions options)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("Image", image);

        // As the entry point, so that an image's own one cannot stand before it.
        WriteArray(json, "Entrypoint", options.Command);
        WriteArray(json, "Cmd", []);
        json.WriteString("User", options.User);
        json.WriteString("WorkingDir", options.Workdir);
        json.WriteStartObject("Labels");
        foreach (var (name, value) in DockerLabels.Of(spec, provider, owner, options.Labels))
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        if (options.ReadOnlyRoot)
        {
            json.WriteStartObject("Volumes");
            foreach (var path in (ReadOnlySpan<string>)[options.Workdir, StateDirectory.Path])
            {
                json.WriteStartObject(path);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        WriteHostConfig(json, spec, options);
        json.WriteEndObject();
    }

    private static void WriteHostConfig(Utf8JsonWriter json, TranslatedSpec spec, DockerOptions options)
    {
        var memory = DockerCapacity.GiB(spec.MemoryLimit) * GiB;
        json.WriteStartObject("HostConfig");
        json.WriteNumber("Memory", memory);

        // Memory and swap together: no swap beyond the limit.
        json.WriteNumber("MemorySwap", memory);
        json.WriteNumber("NanoCpus", (long)(options.Cpus * 1e9));
        json.WriteNumber("PidsLimit", options.PidsLimit);
        json.WriteString("NetworkMode", spec.NetworkPolicy is null ? options.Network : "none");
        json.WriteBoolean("Privileged", false);
        WriteArray(json, "CapDrop", ["ALL"]);
        WriteArray(json, "SecurityOpt", ["no-new-privileges"]);
        json.WriteString("IpcMode", "private");

        // A process may write to what the engine takes for the container's log, which no limit of the container counts.
        json.WriteStartObject("LogConfig");
        json.WriteString("Type", "none");
        json.WriteEndObject();
        json.WriteBoolean("ReadonlyRootfs", options.ReadOnlyRoot);
        if (options.ReadOnlyRoot)
        {
            json.WriteStartObject("Tmpfs");
            json.WriteString("/tmp", "rw,nosuid,nodev,mode=1777,size=64m");
            json.WriteEndObject();
        }

        if (options.Runtime is { } runtime)
        {
            json.WriteString("Runtime", runtime);
        }

        json.WriteStartArray("Ulimits");
        foreach (var (name, limit) in options.Ulimits)
        {
            json.WriteStartObject();
            json.WriteString("Name", name);
            json.WriteNumber("Soft", limit);
            json.WriteNumber("Hard", limit);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteArray(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
