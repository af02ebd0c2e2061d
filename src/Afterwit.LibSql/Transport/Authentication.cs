namespace Afterwit.LibSql.Transport;

/// <summary>What is said when a server refuses a token. The token itself never is.</summary>
internal static class Authentication
{
    public static LibSqlAuthenticationException Refused(ServerAddress address, ServerError error) => new(
        $"{address.Name} refused the token: {error.Message}. Give a valid one (AuthToken, or ?authToken= in the URL); one that may only read cannot write.");
}

/// <summary>Tasks whose end nobody waits for.</summary>
internal static class TaskExtensions
{
    /// <summary>Lets a task end on its own. It handles its errors itself; one that slips through is observed, so that it ends no process.</summary>
    public static void Forget(this Task task) =>
        _ = task.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
