using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Faults;

/// <summary>Clients of test servers, in few words.</summary>
internal static class Clients
{
    /// <summary>A client of a database, straight or through a proxy.</summary>
    public static LibSqlClient Open(SqldDatabase database, FaultProxy? proxy = null, bool http = false, Action<LibSqlOptions>? configure = null)
    {
        var options = new LibSqlOptions { Namespace = database.Namespace, Timeout = TimeSpan.FromSeconds(10) };
        configure?.Invoke(options);
        return new(http ? proxy?.Url ?? database.Url : proxy?.WsUrl ?? database.WsUrl, options);
    }

    public static async Task<long> CountAsync(this LibSqlClient client, string sql, params SqlValue[] arguments) => (await client.ReadAsync([new(sql, arguments)]))[0][0, 0].AsInt64();

    /// <summary>A statement as a unit of work.</summary>
    public static Task<IReadOnlyList<ResultSet>> InsertAsync(this LibSqlClient client, string sql, bool safeToRepeat = false, params SqlValue[] arguments) =>
        client.WriteAsync([new(new(sql, arguments))], safeToRepeat);

    /// <summary>No test waits longer than this for what it awaits.</summary>
    public static Task<T> SoonAsync<T>(this Task<T> task) => task.WaitAsync(TimeSpan.FromSeconds(20));
}
