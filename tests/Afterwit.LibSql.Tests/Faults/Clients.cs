using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Faults;

/// <summary>Clients of test servers, in few words.</summary>
internal static class Clients
{
    /// <summary>A client of a database, straight or through a proxy. It has time, and does nothing beside what the test does, unless it is given another clock.</summary>
    public static LibSqlClient Open(SqldDatabase database, FaultProxy? proxy = null, bool http = false, Action<LibSqlOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new LibSqlOptions { Namespace = database.Namespace, Timeout = Eventually.Patience, ConnectTimeout = Eventually.Patience };
        configure?.Invoke(options);
        return new(http ? proxy?.Url ?? database.Url : proxy?.WsUrl ?? database.WsUrl, options, time ?? new QuietClock());
    }

    public static async Task<long> CountAsync(this LibSqlClient client, string sql, params SqlValue[] arguments) => (await client.ReadAsync([new(sql, arguments)]))[0][0, 0].AsInt64();

    /// <summary>A statement as a unit of work.</summary>
    public static Task<IReadOnlyList<ResultSet>> InsertAsync(this LibSqlClient client, string sql, bool safeToRepeat = false, params SqlValue[] arguments) =>
        client.WriteAsync([new(new(sql, arguments))], safeToRepeat);

    /// <summary>Whether the server is there: what a client says while it finds a lost one again.</summary>
    public static async Task<bool> AnswersAsync(this LibSqlClient client)
    {
        try
        {
            return await client.CountAsync("SELECT 1") == 1;
        }
        catch (LibSqlException)
        {
            return false;
        }
    }
}
