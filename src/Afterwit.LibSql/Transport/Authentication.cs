using System.Buffers.Text;
using System.Text.Json;

namespace Afterwit.LibSql.Transport;

/// <summary>What is said when a server refuses a token. The token itself never is.</summary>
internal static class Authentication
{
    public static LibSqlAuthenticationException Refused(ServerAddress address, ServerError error) => new(
        $"{address.Name} refused the token: {error.Message}. Give a valid one (AuthToken, or ?authToken= in the URL); one that may only read cannot write.");

    /// <summary>What a write is told before it is sent with a token that may only read: the server would close the whole socket for it.</summary>
    public static LibSqlAuthenticationException MayOnlyRead(ServerAddress address) => Refused(address, new("it may only read", null));

    /// <summary>Whether a token says of itself that it may only read (claim <c>"a": "ro"</c>). Whether it is valid is for the server to say.</summary>
    public static bool IsReadOnly(string? token)
    {
        if (token?.Split('.') is not [_, var claims, _])
            return false;
        try
        {
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(claims));
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("a", out var access) && access.ValueEquals("ro");
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            return false; // no token that we know: the server says what it thinks of it
        }
    }
}

/// <summary>Tasks whose end nobody waits for.</summary>
internal static class TaskExtensions
{
    /// <summary>Lets a task end on its own. It handles its errors itself; one that slips through is observed, so that it ends no process.</summary>
    public static void Forget(this Task task) =>
        _ = task.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
