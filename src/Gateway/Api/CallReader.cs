using Gateway.Access;
using Gateway.Accounts;
using Gateway.Pipeline;
using Gateway.Providers.Contract;

namespace Gateway.Api;

/// <summary>
/// Turns a request into a <see cref="Call"/>, or into the error that names what is wrong with it. In order: ids, query, body, provider; nothing
/// reaches a provider before all of them are sound.
/// </summary>
internal static class CallReader
{
    private const string ProviderHeader = "x-bf-provider";

    public static async ValueTask<Parsed<Call>> ReadAsync(HttpContext http, Operation operation, Exchange exchange, ProviderSearch search)
    {
        if (ReadIds(exchange.Segments, exchange.Surface!, out var container, out var file) is { } badId)
        {
            return badId;
        }

        if (!QueryReader.Read(http.Request, operation).Ok(out var query, out var error))
        {
            return error;
        }

        var provider = new ProviderChoice();
        if ((provider.Add(query.Provider) ?? provider.Add(http.Request.Headers[ProviderHeader])) is { } contradiction)
        {
            return contradiction;
        }

        var body = await ReadBodyAsync(http, operation, provider);
        if (!body.Ok(out var callBody, out error))
        {
            exchange.Provider = provider.Named;
            return error;
        }

        var fallback = exchange.Surface!.DefaultProvider(exchange.Settings);
        if (provider.Named is null && container is { } owned)
        {
            (fallback, var unsure) = await search.RunAsync(owned, fallback, exchange);
            if (unsure is not null)
            {
                exchange.Provider = fallback;
                return unsure;
            }
        }

        if (!provider.Decide(fallback, operation).Ok(out var name, out error))
        {
            return error;
        }

        exchange.Provider = name;
        var rights = exchange.Directives.Caller.Rights;
        if (!AccessRules.ProviderOf(name, rights).Ok(out name, out error) || (error = AccessRules.Refusal(callBody, rights)) is not null)
        {
            return error;
        }

        exchange.Provider = name;
        return new Call
        {
            Operation = operation,
            Provider = name,
            Tenant = exchange.Directives.Caller.Tenant,
            Container = container,
            File = file,
            Page = query.Page,
            Query = query.Others,
            Body = callBody,
        };
    }

    private static ValueTask<Parsed<CallBody>> ReadBodyAsync(HttpContext http, Operation operation, ProviderChoice provider) =>
        operation == Operation.ContainerCreate ? NewContainerReader.ReadAsync(http, provider, http.RequestAborted)
        : operation == Operation.ContainerFileCreate ? NewFileReader.ReadAsync(http, provider, http.RequestAborted)
        : ValueTask.FromResult<Parsed<CallBody>>(CallBody.None.Instance);

    private static GatewayError? ReadIds(IReadOnlyList<string?> segments, ApiSurface surface, out ContainerId? container, out FileId? file)
    {
        container = null;
        file = null;
        var first = surface.Base.AsSpan().Count('/') + 1;
        if (segments.Count > first && (first + 1 < segments.Count || segments[first] is not ""))
        {
            if (!ContainerId.TryParse(segments[first], out var id, out var reason))
            {
                return GatewayError.Invalid($"invalid container_id: {reason}", "container_id", "invalid_id");
            }

            container = id;
        }

        if (segments.Count > first + 2 && (first + 3 < segments.Count || segments[first + 2] is not ""))
        {
            if (!FileId.TryParse(segments[first + 2], out var id, out var reason))
            {
                // No file has such an id, so it is as missing as any other.
                return GatewayError.Missing($"invalid file_id: {reason}", "file_id", "invalid_id");
            }

            file = id;
        }

        return null;
    }
}
