using System.Text;

namespace Gateway.Scenarios.DropIn;

/// <summary>
/// Multipart bodies as the official clients that do not run here write them, byte for byte: openai-go (<c>internal/apiform/encoder.go</c>),
/// openai-java (<c>HttpRequestBodies.kt</c>), openai-python (httpx <c>_multipart.py</c>), and curl's, which every API reference shows.
/// </summary>
internal sealed record MultipartShape(string Boundary, byte[] Body)
{
    public string ContentType => "multipart/form-data; boundary=" + Boundary;

    /// <summary>The name the file must get, or null when the client gives none.</summary>
    public string? FileName { get; private init; }

    /// <summary>Whether the body has no known length.</summary>
    public bool IsChunked { get; private init; }

    /// <summary>Contains what only looks like a boundary, so that a search for too little of it cuts the file.</summary>
    public static byte[] File { get; } = [.. "id,name\r\n--\r\n\r\n--7f3c\r\n--0b3e4c52-9d7d\r\n"u8, 0x00, 0xff, .. "\r\n-----"u8];

    public static IReadOnlyDictionary<string, MultipartShape> Uploads { get; } = new Dictionary<string, MultipartShape>
    {
        ["go reader"] = Go(GoFile("anonymous_file", "application/octet-stream")) with { FileName = "anonymous_file" },
        ["go named file"] = Go(GoFile("größe.csv", "text/csv")) with { FileName = "größe.csv" },
        ["go quotes in the name"] = Go(GoFile("q3 \\\"final\\\".csv", "text/csv")) with { FileName = "q3 \"final\".csv" },
        ["java path"] = Java(JavaFile("; filename=\"größe.csv\"")) with { FileName = "größe.csv" },
        ["java stream"] = Java(JavaFile("")) with { IsChunked = true },
        ["python file"] = Python(PythonFile("größe.csv", "text/csv")) with { FileName = "größe.csv" },
        ["python bytes"] = Python(PythonFile("upload", "application/octet-stream")) with { FileName = "upload" },
        ["curl"] = Of(
            "------------------------7f3c0b3e4c529d7d",
            "Content-Disposition: form-data; name=\"file\"; filename=\"data.csv\"\r\n"
                + "Content-Type: text/csv\r\n\r\n", File) with { FileName = "data.csv" },
    };

    public static MultipartShape Reference(string client, string id) => client switch
    {
        "go" => Go(("Content-Disposition: form-data; name=\"file_id\"\r\n\r\n", Encoding.UTF8.GetBytes(id))),
        "java" => Java(JavaText("file_id", id)),
        "java stream" => Java(JavaText("file_id", id)) with { IsChunked = true },
        _ => throw new ArgumentException(client, nameof(client)),
    };

    /// <summary>A file and the id of another one: what openai-python sends when it is given both.</summary>
    public static MultipartShape Both(string id) =>
        Python(("Content-Disposition: form-data; name=\"file_id\"\r\n\r\n", Encoding.UTF8.GetBytes(id)), PythonFile("a.csv", "text/csv"));

    private static MultipartShape Go(params (string Head, byte[] Content)[] parts)
    {
        const string GoBoundary = "7f3c0b3e4c529d7d8e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d";
        var body = new List<byte>();
        foreach (var (head, content) in parts)
        {
            body.AddRange(Encoding.UTF8.GetBytes((body.Count == 0 ? "--" : "\r\n--") + GoBoundary + "\r\n" + head));
            body.AddRange(content);
        }

        body.AddRange(Encoding.UTF8.GetBytes($"\r\n--{GoBoundary}--\r\n"));
        return new MultipartShape(GoBoundary, [.. body]);
    }

    private static (string, byte[]) GoFile(string name, string type) =>
        ($"Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {type}\r\n\r\n", File);

    private static MultipartShape Java((string Head, byte[] Content) part) => Of("0b3e4c52-9d7d-4e1f-8a2b-3c4d5e6f7081", part.Head, part.Content);

    private static (string, byte[]) JavaFile(string fileName) =>
        ($"Content-Disposition: form-data; name=\"file\"{fileName}\r\nContent-Type: application/octet-stream\r\n\r\n", File);

    private static (string, byte[]) JavaText(string name, string value) =>
        ($"Content-Disposition: form-data; name=\"{name}\"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n", Encoding.UTF8.GetBytes(value));

    private static MultipartShape Python(params (string Head, byte[] Content)[] parts)
    {
        const string PythonBoundary = "7f3c0b3e4c529d7d8e1f2a3b4c5d6e7f";
        byte[] body =
        [
            .. parts.SelectMany(part => Part(PythonBoundary, part.Head, part.Content)), .. Encoding.UTF8.GetBytes($"--{PythonBoundary}--\r\n"),
        ];
        return new MultipartShape(PythonBoundary, body);
    }

    private static (string, byte[]) PythonFile(string name, string type) =>
        ($"Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {type}\r\n\r\n", File);

    private static MultipartShape Of(string boundary, string head, byte[] content) =>
        new(boundary, [.. Part(boundary, head, content), .. Encoding.UTF8.GetBytes($"--{boundary}--\r\n")]);

    private static byte[] Part(string boundary, string head, byte[] content) =>
        [.. Encoding.UTF8.GetBytes($"--{boundary}\r\n{head}"), .. content, .. "\r\n"u8];
}
