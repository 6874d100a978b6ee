using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Gateway.Providers.Contract;

/// <summary>Whether an operation changes anything upstream.</summary>
public enum Effect
{
    /// <summary>Changes nothing (beyond the idle clock of a container).</summary>
    Read,

    /// <summary>Creates or removes something; a success makes lists stale.</summary>
    Write,
}

/// <summary>What an operation answers with.</summary>
public enum ResponseShape
{
    /// <summary>One JSON object.</summary>
    Object,

    /// <summary>A page: <c>object</c>, <c>data</c>, <c>first_id</c>, <c>last_id</c>, <c>has_more</c>.</summary>
    List,

    /// <summary>The raw bytes of a file.</summary>
    Content,
}

/// <summary>
/// One of the nine things a client can ask. The set is closed: routing, documentation, metrics and tests iterate <see cref="All"/>,
/// and no other list of operations exists.
/// </summary>
public sealed record Operation
{
    /// <summary><c>POST /containers</c>.</summary>
    public static readonly Operation ContainerCreate = new("container_create", "POST", "/containers", Effect.Write, ResponseShape.Object);

    /// <summary><c>GET /containers</c>.</summary>
    public static readonly Operation ContainerList = new("container_list", "GET", "/containers", Effect.Read, ResponseShape.List);

    /// <summary><c>GET /containers/{container_id}</c>.</summary>
    public static readonly Operation ContainerRetrieve =
        new("container_retrieve", "GET", "/containers/{container_id}", Effect.Read, ResponseShape.Object);

    /// <summary><c>DELETE /containers/{container_id}</c>.</summary>
    public static readonly Operation ContainerDelete =
        new("container_delete", "DELETE", "/containers/{container_id}", Effect.Write, ResponseShape.Object);

    /// <summary><c>POST /containers/{container_id}/files</c>: by upload or by reference.</summary>
    public static readonly Operation ContainerFileCreate =
        new("container_file_create", "POST", "/containers/{container_id}/files", Effect.Write, ResponseShape.Object);

    /// <summary><c>GET /containers/{container_id}/files</c>.</summary>
    public static readonly Operation ContainerFileList =
        new("container_file_list", "GET", "/containers/{container_id}/files", Effect.Read, ResponseShape.List);

    /// <summary><c>GET /containers/{container_id}/files/{file_id}</c>.</summary>
    public static readonly Operation ContainerFileRetrieve =
        new("container_file_retrieve", "GET", "/containers/{container_id}/files/{file_id}", Effect.Read, ResponseShape.Object);

    /// <summary><c>GET /containers/{container_id}/files/{file_id}/content</c>.</summary>
    public static readonly Operation ContainerFileContent =
        new("container_file_content", "GET", "/containers/{container_id}/files/{file_id}/content", Effect.Read, ResponseShape.Content);

    /// <summary><c>DELETE /containers/{container_id}/files/{file_id}</c>.</summary>
    public static readonly Operation ContainerFileDelete =
        new("container_file_delete", "DELETE", "/containers/{container_id}/files/{file_id}", Effect.Write, ResponseShape.Object);

    private static readonly FrozenDictionary<string, Operation> s_byName;

    static Operation()
    {
        All =
        [
            ContainerCreate, ContainerList, ContainerRetrieve, ContainerDelete, ContainerFileCreate,
            ContainerFileList, ContainerFileRetrieve, ContainerFileContent, ContainerFileDelete,
        ];
        s_byName = All.ToFrozenDictionary(operation => operation.Name);
    }

    private Operation(string name, string method, string route, Effect effect, ResponseShape shape)
    {
        Name = name;
        Method = method;
        Route = route;
        Effect = effect;
        Shape = shape;
    }

    /// <summary>All nine, in the order of the API's documentation.</summary>
    public static ImmutableArray<Operation> All { get; }

    /// <summary>Bifrost's request type, e.g. <c>container_create</c>; the value of the <c>operation</c> label.</summary>
    public string Name { get; }

    /// <summary>HTTP method.</summary>
    public string Method { get; }

    /// <summary>Route template below a base such as <c>/v1</c>.</summary>
    public string Route { get; }

    /// <summary>Read or write.</summary>
    public Effect Effect { get; }

    /// <summary>Shape of a successful answer.</summary>
    public ResponseShape Shape { get; }

    /// <summary>The operation with this name, or null.</summary>
    public static Operation? Find(string name) => s_byName.GetValueOrDefault(name);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
