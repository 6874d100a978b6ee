using System.Net;
using Gateway.Providers.Contract;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Upstream;

/// <summary>
/// What crosses in a streamed request: allow-listed headers only, and of the response only a successful body. Everything else is collected and handed
/// to the attempt loop, so that nothing is written before the outcome is known. Lives for one attempt.
/// </summary>
internal sealed class UpstreamTransformer(AttemptContext attempt, ICredential credential) : HttpTransformer
{
    /// <summary>The answer that was collected instead of streamed, or null.</summary>
    public UpstreamResponse? Response { get; private set; }

    /// <summary>What went wrong while it was collected, or null. YARP swallows what a transform throws, so it is kept here.</summary>
    public TransportFailure? Fault { get; private set; }

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        proxyRequest.RequestUri = attempt.Address;
        proxyRequest.Method = HttpMethod.Parse(attempt.Request.Method);
        if (attempt.Request.Body is RequestBody.Streaming body)
        {
            proxyRequest.Content!.Headers.TryAddWithoutValidation("Content-Type", body.ContentType);
            proxyRequest.Content.Headers.ContentLength = body.Length;
            proxyRequest.Headers.TryAddWithoutValidation("Accept", "application/json");
        }
        else
        {
            Copy(httpContext.Request.Headers, proxyRequest);
        }

        try
        {
            await RequestFinisher.FinishAsync(proxyRequest, attempt, credential, cancellationToken);
        }
        catch (CredentialException refused)
        {
            Fault = TransportFailure.Unsigned(refused);
            throw;
        }
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
        {
            return false;
        }

        // A part that nobody asked for is not the file.
        var streams = attempt.Request.Streams && ((int)proxyResponse.StatusCode is (>= 200 and <= 203) or 304
            || (proxyResponse.StatusCode == HttpStatusCode.PartialContent && httpContext.Request.Headers.Range.Count > 0));
        try
        {
            if (!streams)
            {
                Response = await ResponseReader.ReadAsync(proxyResponse, attempt, cancellationToken);
                return false;
            }

            ResponseReader.Note(proxyResponse, attempt);
            Copy(proxyResponse, httpContext.Response, attempt.Secrets);
            attempt.Deadline.Pause();

            // What is not passed on is not downloaded either: the forwarder drops the answer.
            return !HttpMethods.IsHead(httpContext.Request.Method);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException
            or InvalidDataException or FormatException)
        {
            Fault = TransportFailure.Of(exception, attempt.Deadline, attempt.Provider.Network.RequestTimeout);
            return false;
        }
    }

    public override ValueTask TransformResponseTrailersAsync(
        HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private static void Copy(IHeaderDictionary from, HttpRequestMessage to)
    {
        foreach (var name in HeaderRules.DownloadRequest)
        {
            if (from.TryGetValue(name, out var values))
            {
                to.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }
    }

    private static void Copy(HttpResponseMessage from, HttpResponse to, SecretMask secrets)
    {
        // OpenAI answers created things with 200 everywhere; partial and unmodified content keep their status.
        to.StatusCode = from.StatusCode is HttpStatusCode.PartialContent or HttpStatusCode.NotModified ? (int)from.StatusCode : 200;
        to.HttpContext.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null;
        var content = from.Content.Headers.NonValidated;
        foreach (var name in HeaderRules.DownloadContent)
        {
            if (content.TryGetValues(name, out var values) && !secrets.Finds(values.ToString()))
            {
                to.Headers[name] = values.ToString();
            }
        }

        to.ContentLength = from.Content.Headers.ContentLength;
        foreach (var name in HeaderRules.DownloadResponse)
        {
            if (from.Headers.NonValidated.TryGetValues(name, out var values) && HeaderRules.IsPresentable(values.ToString(), secrets))
            {
                to.Headers[name] = values.ToString();
            }
        }

        if (from.Content.Headers.ContentEncoding.Count > 0 && from.StatusCode != HttpStatusCode.NotModified)
        {
            // Nobody asked for an encoding; the client gets the file. A part of an encoded file cannot be decoded.
            if (from.StatusCode == HttpStatusCode.PartialContent || !BoundedBody.CanDecode(from.Content.Headers.ContentEncoding))
            {
                throw new InvalidDataException("a content encoding nobody asked for");
            }

            from.Content = new DecodedContent(from.Content);
            to.Headers.ContentLength = null;
        }

        if (to.Headers.ContentType.Count == 0 && to.StatusCode != StatusCodes.Status304NotModified)
        {
            to.Headers.ContentType = "application/octet-stream";
        }
    }

    /// <summary>A body without the encoding its sender put on it unasked.</summary>
    private sealed class DecodedContent(HttpContent encoded) : HttpContent
    {
        protected override async Task<Stream> CreateContentReadStreamAsync() =>
            BoundedBody.Decode(await encoded.ReadAsStreamAsync(), encoded.Headers.ContentEncoding);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await using var decoded = await CreateContentReadStreamAsync();
            await decoded.CopyToAsync(stream);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                encoded.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
