using System.Net.Http.Json;
using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using OpenAI.Containers;

namespace Gateway.Scenarios.DropIn;

/// <summary>What users of the .NET client write themselves, since it has no typed upload: a form, or a JSON reference.</summary>
internal static class DotNetUploads
{
    /// <summary>The form most people build; its boundary is quoted, its part names are not, and the name travels twice.</summary>
    public static Task<JsonElement> UploadAsync(this ContainerClient client, string container, byte[] bytes, string name) =>
        client.SendAsync(container, new MultipartFormDataContent { { new ByteArrayContent(bytes), "file", name } });

    public static Task<JsonElement> ReferAsync(this ContainerClient client, string container, string file) =>
        client.SendAsync(container, new MultipartFormDataContent { { new StringContent(file), "file_id" } });

    public static Task<JsonElement> ReferAsJsonAsync(this ContainerClient client, string container, string file) =>
        client.SendAsync(container, JsonContent.Create(new { file_id = file }));

    /// <summary>A download that is not held in memory.</summary>
    public static async Task<byte[]> DownloadStreamAsync(this ContainerClient client, string container, string file)
    {
        var result = await client.DownloadContainerFileAsync(container, file, new RequestOptions { BufferResponse = false });
        using var response = result.GetRawResponse();
        using var bytes = new MemoryStream();
        await response.ContentStream!.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    public static JsonElement Json(this ClientResult result) => JsonDocument.Parse(result.GetRawResponse().Content).RootElement;

    private static async Task<JsonElement> SendAsync(this ContainerClient client, string container, HttpContent body)
    {
        using (body)
        {
            using var content = BinaryContent.Create(await body.ReadAsStreamAsync());
            return (await client.UploadContainerFileAsync(container, content, body.Headers.ContentType!.ToString())).Json();
        }
    }
}
