using System.Collections.Frozen;

namespace Gateway.Settings;

/// <summary>
/// Members of a Bifrost <c>config.json</c> that mean nothing to containers. They are accepted, whatever they hold, with a warning: a file that is
/// shared with Bifrost keeps working, and nobody believes that they do something. The names are those of Bifrost's own schema and code.
/// </summary>
internal static class IgnoredMembers
{
    private static readonly FrozenSet<string> s_none = FrozenSet<string>.Empty;

    private static readonly FrozenDictionary<Type, FrozenSet<string>> s_byDocument = new Dictionary<Type, FrozenSet<string>>
    {
        [typeof(ConfigDocument)] = FrozenSet.Create(
            "audit_logs", "cluster_config", "config_store", "encryption_key", "env_label", "framework",
            "guardrails_config", "large_payload_optimization", "load_balancer_config", "logs_store", "mcp", "plugins",
            "saml_config", "scim_config", "source_of_truth", "vector_store", "websocket"),
        [typeof(ClientDocument)] = FrozenSet.Create(
            "allow_per_request_content_storage_override", "allowed_headers", "async_job_result_ttl", "compat",
            "disable_content_logging", "disable_db_pings_in_health", "drop_excess_requests", "dual_credential_conflict_behavior",
            "dump_errors_in_console_logs", "enable_litellm_fallbacks", "enable_logging",
            "hide_deleted_virtual_keys_in_filters", "initial_pool_size",
            "log_retention_days", "logging_headers", "mcp_agent_depth", "mcp_code_mode_binding_level",
            "mcp_disable_auto_tool_inject", "mcp_enable_temp_token_auth", "mcp_external_client_url", "mcp_server_auth_mode",
            "mcp_tool_execution_timeout", "mcp_tool_sync_interval", "oauth2_server_config", "prometheus_labels",
            "retain_content_in_object_storage", "routing_chain_max_depth", "webhook_config"),
        [typeof(GovernanceDocument)] = FrozenSet.Create(
            "budgets", "business_units", "complexity_analyzer_config", "model_configs", "pricing_overrides", "providers", "roles", "routing_rules"),
        [typeof(VirtualKeyDocument)] = FrozenSet.Create(
            "budget_id", "budgets", "calendar_aligned", "config_hash", "created_at", "mcp_configs", "updated_at"),
        [typeof(ProviderConfigDocument)] = FrozenSet.Create(
            "allowed_models", "blacklisted_models", "budget_id", "budgets", "calendar_aligned", "id", "weight"),
        [typeof(TeamDocument)] = FrozenSet.Create(
            "budget_id", "budgets", "business_unit_id", "calendar_aligned", "claims", "config", "config_hash", "profile", "source_id",
            "virtual_key_count"),
        [typeof(CustomerDocument)] = FrozenSet.Create("budget_id", "budgets", "calendar_aligned", "config_hash"),
        [typeof(RateLimitDocument)] = FrozenSet.Create(
            "calendar_aligned", "request_current_usage", "request_last_reset", "token_current_usage", "token_last_reset", "token_max_limit",
            "token_reset_duration"),
        [typeof(AuthConfigDocument)] = FrozenSet.Create("admin_password", "admin_username"),
        [typeof(ProviderDocument)] = FrozenSet.Create(
            "concurrency_and_buffer_size", "config_hash", "description", "openai_config", "pricing_overrides", "status",
            "store_raw_request_response"),
        [typeof(KeyDocument)] = FrozenSet.Create(
            "aliases", "azure_key_config", "bedrock_key_config", "blacklisted_models", "config_hash", "description", "models",
            "ollama_key_config", "replicate_key_config", "sgl_key_config", "status", "use_for_batch_api", "vertex_key_config",
            "vllm_key_config"),
        [typeof(NetworkDocument)] = FrozenSet.Create("beta_header_overrides", "enforce_http2"),
        [typeof(ProxyDocument)] = FrozenSet.Create("ca_cert_pem"),
    }.ToFrozenDictionary();

    /// <summary>The members without effect of a document's type.</summary>
    public static FrozenSet<string> Of(Type document) => s_byDocument.GetValueOrDefault(document, s_none);

    /// <summary>
    /// Bifrost's other request types, which <c>allowed_requests</c> may name. No warning: what they allow or forbid is not offered here anyway.
    /// </summary>
    public static FrozenSet<string> RequestTypes { get; } = FrozenSet.Create(
        "batch_cancel", "batch_create", "batch_delete", "batch_list", "batch_results", "batch_retrieve", "chat_completion",
        "chat_completion_stream", "count_tokens", "embedding", "file_content", "file_delete", "file_list", "file_retrieve", "file_upload",
        "image_edit", "image_edit_stream", "image_generation", "image_generation_stream", "image_variation", "list_models", "ocr",
        "passthrough", "passthrough_stream", "realtime", "rerank", "responses", "responses_cancel", "responses_delete",
        "responses_input_items", "responses_retrieve", "responses_stream", "speech", "speech_stream", "text_completion",
        "text_completion_stream", "transcription", "transcription_stream", "video_delete", "video_download", "video_generation",
        "video_list", "video_remix", "video_retrieve", "websocket_responses");
}
