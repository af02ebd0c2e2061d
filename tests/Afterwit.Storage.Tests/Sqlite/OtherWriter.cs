using Microsoft.Data.Sqlite;

namespace Afterwit.Storage.Tests.Sqlite;

/// <summary>Another program that has the file open, and can hold its write lock.</summary>
internal sealed class OtherWriter : IDisposable
{
    private readonly SqliteConnection _connection;

    public OtherWriter(string path, bool holdsLock = true)
    {
        NativeSqlite.EnsureLoaded();
        _connection = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        _connection.Open();
        if (holdsLock)
            Run("BEGIN IMMEDIATE");
    }

    public static void Run(string path, string sql)
    {
        using var writer = new OtherWriter(path, holdsLock: false);
        writer.Run(sql);
    }

    /// <summary>All rows as text, columns joined by a bar.</summary>
    public static List<string> Read(string path, string sql)
    {
        using var other = new OtherWriter(path, holdsLock: false);
        using var command = other._connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "" : reader.GetString(i))));
        return rows;
    }

    public void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Release() => Run("COMMIT");

    public void Dispose() => _connection.Dispose();
}
