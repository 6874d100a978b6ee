using System.Net;
using System.Runtime.CompilerServices;
using Gateway.Pipeline;
using Gateway.Providers;
using Gateway.Providers.Contract;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Upstream;

/// <summary>
/// Sends one attempt through the provider's YARP cluster. Small bodies go through the cluster's invoker and are collected; files go through
/// <see cref="IHttpForwarder"/>, which streams them in both directions. Work that has no client needs none: its answers are collected.
/// </summary>
internal sealed class UpstreamSender(
    IProxyStateLookup clusters, IHttpForwarder forwarder, CredentialStore credentials, ProviderRegistry registry, TimeProvider time)
{
    /// <summary>Bytes of a streamed body that are sent at a time.</summary>
    private const int PieceSize = 64 * 1024;

    public ValueTask<AttemptResult> SendAsync(AttemptContext attempt)
    {
        if (!clusters.TryGetCluster(attempt.Provider.Name, out var cluster))
        {
            return ValueTask.FromResult(AttemptResult.Of(TransportFailure.NotConnected, canResend: false));
        }

        var invoker = cluster.Model.HttpClient;
        return attempt is { Delivery: Delivery.StreamToClient, Exchange.Client: { } client }
            && (attempt.Request.Streams || attempt.Request.Body is RequestBody.Streaming)
            ? ForwardAsync(attempt, client, invoker)
            : InvokeAsync(attempt, invoker);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<AttemptResult> InvokeAsync(AttemptContext attempt, HttpMessageInvoker invoker)
    {
        UploadBody.Leave();
        using var upload = attempt.Request.Body is RequestBody.Streaming body ? UploadBody.Begin(body, attempt.Deadline, isWatched: false) : null;
        using var request = new HttpRequestMessage(HttpMethod.Parse(attempt.Request.Method), attempt.Address)
        {
            Version = attempt.Request.IsSelfDelimiting ? HttpVersion.Version10 : upload is null ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = upload is null ? HttpVersionPolicy.RequestVersionOrLower : HttpVersionPolicy.RequestVersionExact,
        };
        if (upload is not null)
        {
            var streaming = (RequestBody.Streaming)attempt.Request.Body;
            request.Content = new StreamContent(upload, PieceSize);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", streaming.ContentType);
            request.Content.Headers.ContentLength = streaming.Length;
        }

        if (attempt.Request.Body is RequestBody.Bytes bytes)
        {
            request.Content = new ReadOnlyMemoryContent(bytes.Content);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", bytes.ContentType);
            attempt.Exchange.RawRequest = attempt.Exchange.EchoRequest ? attempt.Secrets.Apply(bytes.Content) : null;
        }

        request.Headers.TryAddWithoutValidation("Accept", attempt.Request.Accept ?? "application/json");
        try
        {
            await RequestFinisher.FinishAsync(request, attempt, credentials.Of(attempt.Provider, attempt.Account), attempt.Deadline.Token);
            var response = await invoker.SendAsync(request, attempt.Deadline.Token);
            if (attempt.Delivery == Delivery.Open && response.IsSuccessStatusCode)
            {
                return await OpenAsync(response, attempt);
            }

            using (response)
            {
                var answer = await ResponseReader.ReadAsync(response, attempt, attempt.Deadline.Token);
                return AttemptResult.Of(Classified(answer, attempt), canResend: upload is not { WasRead: true });
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException
            or InvalidDataException or FormatException or CredentialException)
        {
            return AttemptResult.Of(
                TransportFailure.Of(exception, attempt.Deadline, attempt.Provider.Network.RequestTimeout),
                canResend: upload is not { WasRead: true });
        }
    }

    /// <summary>The answer with what its provider makes of it: the one place where it is asked.</summary>
    private UpstreamResponse Classified(UpstreamResponse answer, AttemptContext attempt) =>
        answer.IsSuccess ? answer : answer with { Error = registry.Get(attempt.Provider).Classify(answer, attempt.Exchange.Operation) };

    private async ValueTask<AttemptResult> OpenAsync(HttpResponseMessage response, AttemptContext attempt)
    {
        ResponseReader.Note(response, attempt);
        Stream body;
        try
        {
            body = BoundedBody.Decode(
                await response.Content.ReadAsStreamAsync(attempt.Deadline.Token), response.Content.Headers.ContentEncoding);
        }
        catch
        {
            response.Dispose();
            throw;
        }

        var status = (int)response.StatusCode;
        return new AttemptResult(
            new UpstreamResult.Opened(
                status, new UpstreamHeaders(response, attempt.Secrets.Clean),
                new OpenedBody(body, response, attempt.Provider.Network.StreamIdleTimeout, time)),
                AttemptOutcome.None, "ok", status);
    }

    private async ValueTask<AttemptResult> ForwardAsync(AttemptContext attempt, StreamingClient client, HttpMessageInvoker invoker)
    {
        var network = attempt.Provider.Network;
        using var upload = attempt.Request.Body is RequestBody.Streaming body ? UploadBody.Begin(body, attempt.Deadline, isWatched: true) : null;
        var transformer = new UpstreamTransformer(attempt, credentials.Of(attempt.Provider, attempt.Account));
        var (error, exception) = await client.ForwardAsync(
            forwarder, upload, attempt.Address.GetLeftPart(UriPartial.Authority), invoker,
            new ForwarderRequestConfig
            {
                ActivityTimeout = network.StreamIdleTimeout,
                Version = upload is null ? HttpVersion.Version20 : HttpVersion.Version11,
                VersionPolicy = upload is null ? HttpVersionPolicy.RequestVersionOrLower : HttpVersionPolicy.RequestVersionExact,
            },
            transformer, attempt.Deadline.Token);

        var canResend = !client.HasStarted && upload is not { WasRead: true };
        if (error == ForwarderError.None && transformer is { Fault: null, Response: null })
        {
            return new AttemptResult(UpstreamResult.Streamed.Instance, AttemptOutcome.None, "ok", client.Status, CanResend: false);
        }

        client.Undo();
        return transformer.Fault is { } fault ? AttemptResult.Of(fault, canResend)
            : transformer.Response is { } answer ? AttemptResult.Of(Classified(answer, attempt), canResend)
            : AttemptResult.Of(
                TransportFailure.Of(error, exception, attempt.Deadline, new NetworkLimits(network.RequestTimeout, network.StreamIdleTimeout)),
                canResend);
    }
}
