using System.Security.Cryptography;
using System.Text;
using Gateway.Providers.Contract;
using Gateway.Providers.Tests.Translation;

namespace Gateway.Providers.Tests.Local;

public sealed class LocalFilesTests
{
    [Fact]
    public async Task An_upload_can_be_read_back()
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        var bytes = RandomNumberGenerator.GetBytes(700_001);
        var json = await place.UploadAsync(container, new TestUpload(new MemoryStream(bytes)) { Name = "x.bin", Type = "image/png" });
        var now = place.Time.GetUtcNow();
        var id = LocalPlace.Id(json);
        Assert.Matches("^cfile_[0-9a-f]{32}$", id);
        Assert.Equal(
            $$"""{"id":"{{id}}","object":"container.file","created_at":{{now.ToUnixTimeSeconds()}},"bytes":"""
                + $$"""700001,"container_id":"{{container}}","path":"/mnt/data/x.bin","source":"user"}""",
            json.GetRawText());
        Assert.Equal(json.GetRawText(), (await place.JsonAsync(Operation.ContainerFileRetrieve, container, id)).GetRawText());

        var content = await place.ContentAsync(container, id);
        await using var body = content.Body;
        var read = new MemoryStream();
        await body.CopyToAsync(read);
        Assert.Equal(bytes, read.ToArray());
        Assert.True(body.CanSeek);
        Assert.Equal(("image/png", "x.bin"), (content.ContentType, content.FileName));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), content.ETag);
        Assert.Equal(now, content.LastModified);
        Assert.Empty(place.Tmp);
    }

    [Theory]
    [InlineData(null, "application/octet-stream")]
    [InlineData("text/plain; charset=utf-8", "text/plain; charset=utf-8")]
    [InlineData("text", "application/octet-stream")]
    [InlineData("*/*", "application/octet-stream")]
    [InlineData("text/plain\r\nX-Evil: 1", "application/octet-stream")]
    [InlineData("text/plain; x=\"a\u0001b\"", "application/octet-stream")]
    [InlineData("text/plain; x=\"\u007f\"", "application/octet-stream")]
    [InlineData("text/plain; x=\"ä\"", "application/octet-stream")]
    public async Task Only_a_valid_media_type_comes_back(string? sent, string expected)
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        var id = LocalPlace.Id(await place.UploadAsync(container, new TestUpload("x") { Type = sent }));
        var content = await place.ContentAsync(container, id);
        await content.Body.DisposeAsync();
        Assert.Equal(expected, content.ContentType);
    }

    [Fact]
    public async Task The_path_comes_from_a_field_before_or_behind_the_file_or_from_its_name()
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        async Task<string> PathAsync(TestUpload upload) => (await place.UploadAsync(container, upload)).GetProperty("path").GetString()!;
        Assert.Equal("/mnt/data/upload", await PathAsync(new TestUpload("")));
        Assert.Equal("/mnt/data/n", await PathAsync(new TestUpload("") { Name = "n" }));
        Assert.Equal("/mnt/data/d/f", await PathAsync(new TestUpload("") { Name = "n", First = new("d/f", null) }));
        Assert.Equal("/mnt/data/d/g", await PathAsync(new TestUpload("") { Name = "..", Last = new("/mnt/data/d/g", null) }));
    }

    [Fact]
    public async Task A_refused_upload_names_the_field_and_leaves_nothing()
    {
        await using var place = new LocalPlace(maxFileBytes: 1000);
        var container = await place.CreateAsync();
        var broken = GatewayError.Invalid("broken");
        (string? Param, int Status, string? Code, TestUpload Upload)[] cases =
        [
            ("file_path", 400, "invalid_value", new("x") { First = new("../x", null) }),
            ("file_path", 400, "invalid_value", new("x") { Last = new("", null) }),
            ("file", 400, "invalid_value", new("x") { Name = "a\u0001" }),
            ("file_id", 400, "invalid_value", new("x") { First = new(null, "cfile_x") }),
            ("file_id", 400, "invalid_value", new("x") { Last = new(null, "cfile_x") }),
            ("file", 413, "file_too_large", new(new string('x', 1001))),
            ("file", 413, "file_too_large", new("x") { Length = 10_000_000 }),
            (null, 400, null, new("x") { BrokenEnd = broken }),
        ];
        foreach (var (param, status, code, upload) in cases)
        {
            var error = await place.RefusedAsync(container, upload);
            Assert.Equal((param, status, code), (error.Param, error.Status, error.Code));
        }

        await place.UploadAsync(container, "fits", new string('x', 1000));
        Assert.Single(place.Blobs);
        Assert.Empty(place.Tmp);
        Assert.Equal(1000, await place.FileBytesAsync());
    }

    [Fact]
    public async Task A_body_that_breaks_or_is_cancelled_leaves_nothing()
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        var error = GatewayError.Invalid("cut", "file");
        foreach (var fault in new Exception[] { new InvalidUploadException(error), new IOException("reset") })
        {
            var body = new PacedStream();
            var upload = place.AskAsync(Operation.ContainerFileCreate, container, body: new CallBody.NewFile(new TestUpload(body)));
            body.Send(new byte[5000]);
            body.End(fault);
            if (fault is InvalidUploadException)
            {
                Assert.Equal(error, Assert.IsType<Reply.Failed>(await upload).Error);
            }
            else
            {
                Assert.Same(fault, await Assert.ThrowsAsync<IOException>(() => upload));
            }
        }

        using var cancel = new CancellationTokenSource();
        var paced = new PacedStream();
        var cancelled = place.AskAsync(
            Operation.ContainerFileCreate, container, body: new CallBody.NewFile(new TestUpload(paced)), token: cancel.Token);
        await paced.AskedAsync();
        paced.Send(new byte[5000]);
        await paced.AskedAsync();
        Assert.Single(place.Tmp);
        Assert.Equal(5000, await place.FileBytesAsync());
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);

        Assert.Empty(place.Tmp);
        Assert.Empty(place.Blobs);
        Assert.Equal(0, await place.FileBytesAsync());
    }

    [Fact]
    public async Task An_upload_to_an_existing_path_replaces_the_file()
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        var other = await place.CreateAsync();
        var untouched = await place.UploadAsync(other, "a", "other");
        var old = await place.UploadAsync(container, "a", "old!");
        await using var reading = (await place.ContentAsync(container, old)).Body;
        var young = LocalPlace.Id(await place.UploadAsync(container, new TestUpload("new") { First = new("./a", null) }));

        Assert.NotEqual(old, young);
        Assert.Equal(404, (await place.ErrorAsync(Operation.ContainerFileRetrieve, container, old)).Status);
        Assert.Equal("new", await place.TextAsync(container, young));
        Assert.Equal("other", await place.TextAsync(other, untouched));
        Assert.Equal(1, (await place.JsonAsync(Operation.ContainerFileList, container)).GetProperty("data").GetArrayLength());
        Assert.Equal(2, place.Blobs.Length);
        Assert.Equal(8, await place.FileBytesAsync());
        Assert.Equal("old!", await new StreamReader(reading).ReadToEndAsync());
    }

    [Fact]
    public async Task Delete_removes_row_and_bytes_while_a_download_in_progress_completes()
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        var text = new string('x', 1_000_000);
        var id = await place.UploadAsync(container, "a", text);
        await using var reading = (await place.ContentAsync(container, id)).Body;
        var start = new byte[10];
        await reading.ReadExactlyAsync(start);
        Assert.Equal(
            $$"""{"id":"{{id}}","object":"container.file.deleted","deleted":true}""",
            (await place.JsonAsync(Operation.ContainerFileDelete, container, id)).GetRawText());
        foreach (var operation in new[] { Operation.ContainerFileRetrieve, Operation.ContainerFileContent, Operation.ContainerFileDelete })
        {
            Assert.Equal($"Container file with id '{id}' not found.", (await place.ErrorAsync(operation, container, id)).Message);
        }

        Assert.Empty(place.Blobs);
        Assert.Equal(0, await place.FileBytesAsync());
        Assert.Equal(text[10..], await new StreamReader(reading).ReadToEndAsync());
    }

    [Fact]
    public async Task A_file_is_found_in_its_own_container_only()
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        var other = await place.CreateAsync();
        var id = await place.UploadAsync(container, "a", "a");
        foreach (var operation in new[] { Operation.ContainerFileRetrieve, Operation.ContainerFileContent, Operation.ContainerFileDelete })
        {
            Assert.Equal(404, (await place.ErrorAsync(operation, other, id)).Status);
        }

        Assert.Equal("after", (await place.ErrorAsync(Operation.ContainerFileList, other, page: new PageQuery { After = id })).Param);
        Assert.Equal("a", await place.TextAsync(container, id));
    }

    [Fact]
    public async Task A_file_is_created_from_one_of_any_container()
    {
        await using var place = new LocalPlace();
        var source = await place.CreateAsync();
        var target = await place.CreateAsync();
        var id = LocalPlace.Id(await place.UploadAsync(source, new TestUpload("text") { First = new("d/a.txt", null), Type = "text/plain" }));

        async Task<System.Text.Json.JsonElement> CopyAsync(string file, string? path) =>
            await place.JsonAsync(Operation.ContainerFileCreate, target, body: new CallBody.FileReference(file, path, default, "application/json"));

        var copy = await CopyAsync(id, null);
        Assert.Equal(
            ("/mnt/data/a.txt", "user", target),
            (copy.GetProperty("path").GetString(), copy.GetProperty("source").GetString(), copy.GetProperty("container_id").GetString()));
        Assert.Equal("/mnt/data/e/b", (await CopyAsync(id, "e/b")).GetProperty("path").GetString());
        await place.JsonAsync(Operation.ContainerFileDelete, source, id);
        Assert.Equal("text", await place.TextAsync(target, LocalPlace.Id(copy)));
        Assert.Equal("text/plain", (await place.ContentAsync(target, LocalPlace.Id(copy))).ContentType);
        Assert.Equal(8, await place.FileBytesAsync());

        var reference = new CallBody.FileReference(id, null, default, "application/json");
        var error = await place.ErrorAsync(Operation.ContainerFileCreate, target, body: reference);
        Assert.Equal((404, "file_id"), (error.Status, error.Param));
        error = await place.ErrorAsync(Operation.ContainerFileCreate, target, body: reference with { FilePath = "/etc/x" });
        Assert.Equal((400, "file_path"), (error.Status, error.Param));
    }

    [Fact]
    public async Task A_file_of_another_provider_is_copied_in()
    {
        await using var place = new LocalPlace();
        var container = LocalPlace.Id(await place.CreateAsync(new ContainerSpec { Name = "demo", FileIds = [LocalPlace.ForeignFile] }));
        var listed = (await place.JsonAsync(Operation.ContainerFileList, container)).GetProperty("data")[0];
        Assert.Equal(("/mnt/data/data.csv", 3), (listed.GetProperty("path").GetString(), listed.GetProperty("bytes").GetInt32()));
        var reference = new CallBody.FileReference(LocalPlace.ForeignFile, "in/x.csv", default, "application/json");
        var copy = await place.JsonAsync(Operation.ContainerFileCreate, container, body: reference);
        Assert.Equal("/mnt/data/in/x.csv", copy.GetProperty("path").GetString());
        Assert.Equal("a,b", await place.TextAsync(container, LocalPlace.Id(copy)));
        Assert.Equal(6, await place.FileBytesAsync());
    }

    [Fact]
    public async Task A_copy_onto_itself_keeps_the_text()
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        var id = await place.UploadAsync(container, "a", "text");
        var copy = await place.JsonAsync(
            Operation.ContainerFileCreate, container, body: new CallBody.FileReference(id, null, default, "application/json"));
        Assert.Equal("text", await place.TextAsync(container, LocalPlace.Id(copy)));
        Assert.Single(place.Blobs);
        Assert.Equal(4, await place.FileBytesAsync());
    }

    [Fact]
    public async Task An_upload_into_a_container_that_is_deleted_meanwhile_leaves_nothing()
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        var body = new PacedStream();
        var upload = place.ErrorAsync(Operation.ContainerFileCreate, container, body: new CallBody.NewFile(new TestUpload(body)));
        await body.AskedAsync();
        body.Send(Encoding.UTF8.GetBytes("x"));
        await place.JsonAsync(Operation.ContainerDelete, container);
        body.End();
        Assert.Equal(404, (await upload).Status);
        Assert.Empty(place.Blobs);
        Assert.Empty(place.Tmp);
        Assert.Equal(0, await place.FileBytesAsync());
    }

    [Fact]
    public async Task Create_of_a_file_with_nothing_to_store_is_the_callers_mistake()
    {
        await using var place = new LocalPlace();
        var error = await place.ErrorAsync(Operation.ContainerFileCreate, await place.CreateAsync());
        Assert.Equal((400, "file"), (error.Status, error.Param));
    }
}
