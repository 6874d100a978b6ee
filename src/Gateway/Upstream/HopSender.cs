using System.Net;
using Gateway.Path;
using Gateway.Providers.Contract;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Upstream;

/// <summary>
/// Sends one attempt through the provider's YARP cluster. Small bodies go through the cluster's invoker and are collected; files go through
/// <see cref="IHttpForwarder"/>, which streams them in both directions.
/// </summary>
internal sealed class HopSender(IProxyStateLookup clusters, IHttpForwarder forwarder)
{
    public ValueTask<HopOutcome> SendAsync(HopTry attempt)
    {
        if (!clusters.TryGetCluster(attempt.Provider.Name, out var cluster))
        {
            return ValueTask.FromResult(HopOutcome.Of(HopFault.NotConnected, canResend: false));
        }

        var invoker = cluster.Model.HttpClient;
        return attempt.Hop.Streams || attempt.Hop.Body is HopBody.Streaming
            ? ForwardAsync(attempt, invoker)
            : CollectAsync(attempt, invoker);
    }

    private static async ValueTask<HopOutcome> CollectAsync(HopTry attempt, HttpMessageInvoker invoker)
    {
        using var request = new HttpRequestMessage(new HttpMethod(attempt.Hop.Method), attempt.Address)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        if (attempt.Hop.Body is HopBody.Bytes bytes)
        {
            request.Content = new ReadOnlyMemoryContent(bytes.Content);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", bytes.ContentType);
            attempt.Exchange.RawRequest = attempt.Exchange.EchoRequest ? bytes.Content : null;
        }

        request.Headers.TryAddWithoutValidation("Accept", attempt.Hop.Accept ?? "application/json");
        try
        {
            await UpstreamRequest.FinishAsync(request, attempt, attempt.Deadline.Token);
            using var response = await invoker.SendAsync(request, attempt.Deadline.Token);
            return HopOutcome.Of(await AnswerReader.ReadAsync(response, attempt, attempt.Deadline.Token), canResend: true);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException
            or InvalidDataException or FormatException)
        {
            return HopOutcome.Of(HopFault.Of(exception, attempt.Deadline, attempt.Provider.Network.RequestTimeout), canResend: true);
        }
    }

    private async ValueTask<HopOutcome> ForwardAsync(HopTry attempt, HttpMessageInvoker invoker)
    {
        var http = attempt.Http;
        var network = attempt.Provider.Network;
        if (attempt.Hop.Body is not HopBody.Streaming)
        {
            // What a client sends along with a download means nothing, and the forwarder would pass it on.
            http.Features.Set<IHttpRequestBodyDetectionFeature>(NoBody.Instance);
        }

        using var upload = attempt.Hop.Body is HopBody.Streaming body ? UploadBody.Install(http, body, attempt.Deadline) : null;
        var transformer = new HopTransformer(attempt);
        var error = await forwarder.SendAsync(
            http, attempt.Account.BaseAddress.GetLeftPart(UriPartial.Authority), invoker,
            new ForwarderRequestConfig
            {
                ActivityTimeout = network.StreamIdleTimeout,
                Version = upload is null ? HttpVersion.Version20 : HttpVersion.Version11,
                VersionPolicy = upload is null ? HttpVersionPolicy.RequestVersionOrLower : HttpVersionPolicy.RequestVersionExact,
            },
            transformer, attempt.Deadline.Token);

        var canResend = !http.Response.HasStarted && upload is not { WasRead: true };
        if (transformer.Fault is { } fault)
        {
            return Undo(http, HopOutcome.Of(fault, canResend));
        }

        if (transformer.Answer is { } answer)
        {
            return Undo(http, HopOutcome.Of(answer, canResend));
        }

        if (error == ForwarderError.None)
        {
            return new HopOutcome(HopResult.Streamed.Instance, Failure.None, "ok", http.Response.StatusCode, CanResend: false);
        }

        var exception = http.Features.Get<IForwarderErrorFeature>()?.Exception;
        return Undo(http, HopOutcome.Of(
            HopFault.Of(error, exception, attempt.Deadline, new NetworkLimits(network.RequestTimeout, network.StreamIdleTimeout)), canResend));
    }

    /// <summary>Takes back what the forwarder wrote into the response, so that another attempt, or the error writer, finds it empty.</summary>
    private static HopOutcome Undo(HttpContext http, HopOutcome outcome)
    {
        if (!http.Response.HasStarted)
        {
            http.Response.Clear();
        }

        http.Features.Set<IForwarderErrorFeature>(null);
        return outcome;
    }

    private sealed class NoBody : IHttpRequestBodyDetectionFeature
    {
        public static readonly NoBody Instance = new();

        public bool CanHaveBody => false;
    }
}
