using Gateway.Accounts;
using Gateway.Limits;
using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Telemetry;

namespace Gateway.Api;

/// <summary>Maps the nine operations under every surface.</summary>
internal static class ContainersEndpoints
{
    public static void MapContainers(this IEndpointRouteBuilder routes)
    {
        var dispatcher = routes.ServiceProvider.GetRequiredService<Dispatcher>();
        var search = routes.ServiceProvider.GetRequiredService<ProviderSearch>();
        var telemetry = routes.ServiceProvider.GetRequiredService<OperationTelemetry>();
        var limiter = routes.ServiceProvider.GetRequiredService<ILimiter>();
        foreach (var surface in ApiSurface.All)
        {
            foreach (var operation in Operation.All)
            {
                routes.MapMethods(
                        surface.Base + operation.Route, Methods(operation),
                        http => HandleAsync(http, operation, surface, dispatcher, search, telemetry, limiter))
                    .WithMetadata(surface);
            }
        }
    }

    /// <summary>HEAD is GET without the body (RFC 9110 §9.3.2). Upstreams are asked with GET, since few of them answer it.</summary>
    private static string[] Methods(Operation operation) =>
        operation.Method == HttpMethods.Get ? [operation.Method, HttpMethods.Head] : [operation.Method];

    /// <summary>The way of a request, in order: parse, plan and carry out, write.</summary>
    private static async Task HandleAsync(
        HttpContext http, Operation operation, ApiSurface surface, Dispatcher dispatcher, ProviderSearch search, OperationTelemetry telemetry,
        ILimiter limiter)
    {
        var exchange = http.Exchange();
        if (!exchange.IsAdmitted)
        {
            throw new InvalidOperationException("Nobody has decided whether this request may be answered.");
        }

        exchange.Operation = operation;
        exchange.Surface = surface;
        telemetry.Begin(http, exchange);
        if (!DirectivesReader.Read(http.Request.Headers, operation, exchange.Settings, exchange.Directives).Ok(out var directives, out var error))
        {
            await ErrorWriter.WriteAsync(http, error);
            return;
        }

        exchange.Directives = directives;
        var parsed = await CallReader.ReadAsync(http, operation, exchange, search);
        if (!parsed.Ok(out var call, out error))
        {
            await ErrorWriter.WriteAsync(http, error);
            return;
        }

        exchange.Call = call;
        if (await ProviderLimits.RefusalAsync(call, exchange, limiter) is { } limited)
        {
            await ErrorWriter.WriteAsync(http, limited);
            return;
        }

        try
        {
            var reply = await dispatcher.DispatchAsync(call, exchange);
            exchange.EndUpstream();
            await ReplyWriter.WriteAsync(http, reply);
        }
        finally
        {
            exchange.Receipt?.End();
        }
    }
}
