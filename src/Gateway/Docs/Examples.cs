namespace Gateway.Docs;

/// <summary>Examples of bodies, as a client would see or send them.</summary>
internal static class Examples
{
    public const string NewContainer =
        """
        { "provider": "openai", "name": "demo", "expires_after": { "anchor": "last_active_at", "minutes": 20 }, "memory_limit": "1g" }
        """;

    public const string NewContainerDropIn =
        """
        { "name": "demo", "expires_after": { "anchor": "last_active_at", "minutes": 20 }, "memory_limit": "1g" }
        """;

    public const string CreatedContainer =
        """
        { "id": "cntr_682e0e7318108198aa783fd921ff305e", "object": "container", "name": "demo", "created_at": 1747857508, "status": "running",
          "expires_after": { "anchor": "last_active_at", "minutes": 20 }, "last_active_at": 1747857508, "memory_limit": "1g",
          "extra_fields": { "request_type": "container_create", "provider": "openai", "latency": 41, "chunk_index": 0,
            "routing_info": { "provider": "openai", "key": "main" } } }
        """;

    public const string RetrievedContainer =
        """
        { "id": "cntr_682e0e7318108198aa783fd921ff305e", "object": "container", "name": "demo", "created_at": 1747857508, "status": "running",
          "expires_after": { "anchor": "last_active_at", "minutes": 20 }, "last_active_at": 1747857508, "memory_limit": "1g",
          "extra_fields": { "request_type": "container_retrieve", "provider": "openai", "latency": 41, "chunk_index": 0,
            "routing_info": { "provider": "openai", "key": "main" } } }
        """;

    public const string ContainerPage =
        """
        { "object": "list", "data": [ { "id": "cntr_682e0e7318108198aa783fd921ff305e", "object": "container", "name": "demo", "created_at": 1747857508, "status": "running",
          "expires_after": { "anchor": "last_active_at", "minutes": 20 }, "last_active_at": 1747857508, "memory_limit": "1g" } ],
          "first_id": "cntr_682e0e7318108198aa783fd921ff305e", "last_id": "cntr_682e0e7318108198aa783fd921ff305e", "has_more": false,
          "extra_fields": { "request_type": "container_list", "provider": "openai", "latency": 41, "chunk_index": 0,
            "routing_info": { "provider": "openai", "key": "main" } } }
        """;

    public const string DeletedContainer =
        """
        { "id": "cntr_682e0e7318108198aa783fd921ff305e", "object": "container.deleted", "deleted": true,
          "extra_fields": { "request_type": "container_delete", "provider": "openai", "latency": 41, "chunk_index": 0,
            "routing_info": { "provider": "openai", "key": "main" } } }
        """;

    public const string Upload =
        """
        { "file": "(bytes of notes.txt)", "file_path": "/mnt/data/notes.txt" }
        """;

    public const string FileReference =
        """
        { "file_id": "file-Xk2f9", "file_path": "/mnt/data/notes.txt" }
        """;

    public const string CreatedFile =
        """
        { "id": "cfile_682e0e8a43c88191a7978f477a09bdf5", "object": "container.file", "container_id": "cntr_682e0e7318108198aa783fd921ff305e",
          "path": "/mnt/data/notes.txt", "bytes": 880, "created_at": 1747848842, "source": "user",
          "extra_fields": { "request_type": "container_file_create", "provider": "openai", "latency": 41, "chunk_index": 0,
            "routing_info": { "provider": "openai", "key": "main" } } }
        """;

    public const string RetrievedFile =
        """
        { "id": "cfile_682e0e8a43c88191a7978f477a09bdf5", "object": "container.file", "container_id": "cntr_682e0e7318108198aa783fd921ff305e",
          "path": "/mnt/data/notes.txt", "bytes": 880, "created_at": 1747848842, "source": "user",
          "extra_fields": { "request_type": "container_file_retrieve", "provider": "openai", "latency": 41, "chunk_index": 0,
            "routing_info": { "provider": "openai", "key": "main" } } }
        """;

    public const string FilePage =
        """
        { "object": "list", "data": [ { "id": "cfile_682e0e8a43c88191a7978f477a09bdf5", "object": "container.file", "container_id": "cntr_682e0e7318108198aa783fd921ff305e",
          "path": "/mnt/data/notes.txt", "bytes": 880, "created_at": 1747848842, "source": "user" } ],
          "first_id": "cfile_682e0e8a43c88191a7978f477a09bdf5", "last_id": "cfile_682e0e8a43c88191a7978f477a09bdf5", "has_more": false,
          "extra_fields": { "request_type": "container_file_list", "provider": "openai", "latency": 41, "chunk_index": 0,
            "routing_info": { "provider": "openai", "key": "main" } } }
        """;

    public const string DeletedFile =
        """
        { "id": "cfile_682e0e8a43c88191a7978f477a09bdf5", "object": "container.file.deleted", "deleted": true,
          "extra_fields": { "request_type": "container_file_delete", "provider": "openai", "latency": 41, "chunk_index": 0,
            "routing_info": { "provider": "openai", "key": "main" } } }
        """;
}
