using System.Collections.Frozen;

namespace Gateway.Api;

/// <summary>
/// Names of query parameters under which clients send credentials, and signed URLs their signatures. They are the client's, so they never travel
/// upstream.
/// </summary>
internal static class CredentialNames
{
    private static readonly FrozenSet<string> s_names = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "key", "apikey", "api_key", "api-key", "x-api-key", "x_api_key", "subscription-key", "ocp-apim-subscription-key", "token", "access_token",
        "access-token", "accesstoken", "id_token", "refresh_token", "auth_token", "auth", "authorization", "bearer", "jwt", "sig", "signature",
        "secret",
        "client_secret", "client_id", "password", "passwd", "pwd", "credential", "credentials", "session_token", "awsaccesskeyid", "googleaccessid",
        "code");

    /// <summary>
    /// Beginnings of the parameters of presigned URLs (AWS Signature Version 4, Google Cloud Storage) and of Bifrost's own headers.
    /// </summary>
    private static readonly string[] s_beginnings = ["x-amz-", "x-goog-", "x-bf-"];

    /// <summary>Whether a parameter of this name is, or may be, a credential.</summary>
    public static bool Contains(string name) =>
        s_names.Contains(name) || Array.Exists(s_beginnings, beginning => name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase));
}
