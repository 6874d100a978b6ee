using System.Collections.Immutable;
using System.Globalization;
using Gateway.Providers.Contract;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Api;

/// <summary>What a query string said.</summary>
/// <param name="Provider">Value of <c>provider</c>, or null.</param>
/// <param name="Page">The page asked for; defaults where the operation is no list.</param>
/// <param name="Others">Parameters the gateway does not know, in order.</param>
internal sealed record QueryFacts(string? Provider, PageQuery Page, ImmutableArray<KeyValuePair<string, string>> Others);

/// <summary>Reads and checks query parameters. A parameter that decides something may be given once.</summary>
internal static class QueryReader
{
    /// <summary>Longest <c>name</c> filter, in UTF-16 code units.</summary>
    public const int MaxName = 512;

    private static readonly QueryFacts s_nothing = new(null, PageQuery.First, []);

    public static Parsed<QueryFacts> Read(HttpRequest request, Operation operation)
    {
        if (!request.QueryString.HasValue)
        {
            return s_nothing;
        }

        string? provider = null;
        var page = PageQuery.First;
        List<KeyValuePair<string, string>>? others = null;
        var given = new List<KeyValuePair<string, string>>(1);

        // Not HttpRequest.Query: it takes names that differ in case for one, and would let the first spelling hide the second.
        foreach (var pair in new QueryStringEnumerable(request.QueryString.Value))
        {
            var (name, text) = (pair.DecodeName().ToString(), pair.DecodeValue().ToString());
            var isOurs = name == "provider" || (operation.Shape == ResponseShape.List && IsPageParameter(name, operation));
            if (!isOurs)
            {
                if (!CredentialNames.Contains(name))
                {
                    (others ??= []).Add(new(name, text));
                }

                continue;
            }

            if (ValueOf(given, name) is { } before)
            {
                if (before == text)
                {
                    continue;
                }

                return GatewayError.Invalid($"{name} was given more than once with different values", name, "invalid_value");
            }

            given.Add(new(name, text));

            if (text.Contains('\uFFFD', StringComparison.Ordinal) || ClientText.HasControls(text))
            {
                return GatewayError.Invalid($"{name} holds characters that are not allowed", name, "invalid_value");
            }

            if (name == "provider")
            {
                provider = text;
            }
            else if (ReadPage(name, text, ref page) is { } error)
            {
                return error;
            }
        }

        return new QueryFacts(provider, page, others is null ? [] : [.. others]);
    }

    private static string? ValueOf(List<KeyValuePair<string, string>> given, string name)
    {
        foreach (var (key, value) in given)
        {
            if (key == name)
            {
                return value;
            }
        }

        return null;
    }

    private static bool IsPageParameter(string name, Operation operation) =>
        name is "limit" or "order" or "after" || (name == "name" && operation == Operation.ContainerList);

    private static GatewayError? ReadPage(string name, string text, ref PageQuery page)
    {
        switch (name)
        {
            case "limit":
                if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) || limit is < 1 or > PageQuery.MaxLimit)
                {
                    return GatewayError.Invalid($"limit must be an integer from 1 to {PageQuery.MaxLimit}", "limit", "invalid_value");
                }

                page = page with { Limit = limit };
                return null;
            case "order":
                if (text is not ("asc" or "desc"))
                {
                    return GatewayError.Invalid("order must be \"asc\" or \"desc\"", "order", "invalid_value");
                }

                page = page with { Order = text == "asc" ? ListOrder.Ascending : ListOrder.Descending };
                return null;
            case "name":
                if (text.Length > MaxName)
                {
                    return GatewayError.Invalid($"name must not be longer than {MaxName} characters", "name", "invalid_value");
                }

                page = page with { Name = text };
                return null;
            default:
                if (text.Length == 0)
                {
                    return null;
                }

                var after = BifrostCursor.Unwrap(text);
                if (IdRules.Check(after) is { } reason)
                {
                    return GatewayError.Invalid($"invalid after: {reason}", "after", "invalid_value");
                }

                page = page with { After = after };
                return null;
        }
    }
}
