using Afterwit.LibSql;

namespace Afterwit.Cli.Benchmarks;

/// <summary>The statements and rows that are measured: the same as those of bench/peers.</summary>
internal static class ServerWork
{
    private const int Items = 1_000;
    private const string SelectItem = "SELECT id, body FROM bench_items WHERE id = ?";
    private const string InsertRow = "INSERT INTO bench_writes (caller, body) VALUES (?1, ?2)";
    private const string SelectRow = "SELECT id, body FROM bench_writes WHERE id = ?";
    private static readonly string Body = new('y', 120);

    /// <summary>Makes the tables, with 1,000 items of 1 KB.</summary>
    /// <returns>False when they were there before: then they are not ours to drop.</returns>
    public static async Task<bool> PrepareAsync(LibSqlClient client, CancellationToken cancellationToken)
    {
        var isNew = (await client.ExecuteAsync("SELECT name FROM sqlite_master WHERE name IN ('bench_items', 'bench_writes')", cancellationToken)).Count == 0;
        await client.ExecuteScriptAsync("""
            CREATE TABLE IF NOT EXISTS bench_items (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
            CREATE TABLE IF NOT EXISTS bench_writes (id INTEGER PRIMARY KEY, caller INTEGER, body TEXT);
            """, cancellationToken);
        SqlValue[][] rows = [.. Enumerable.Range(1, Items).Select(id => (SqlValue[])[id, string.Join(' ', Enumerable.Range(0, 512).Select(i => 1 + ((id * 7919) + (i * 4_871)) % Items))[..1024]])];
        await client.WriteAsync([.. BulkInsert.Of("INSERT OR IGNORE INTO bench_items (id, body) VALUES (?1, ?2)", rows).Select(s => new WriteStep(s.Statement))], cancellationToken: cancellationToken);
        await WriteAsync(client, 0);
        await ReadAsync(client, 0); // what is measured is warm: the statements are known
        return isNew;
    }

    public static Task DropAsync(LibSqlClient client) => client.ExecuteScriptAsync("DROP TABLE IF EXISTS bench_items; DROP TABLE IF EXISTS bench_writes;");

    /// <summary>One item; the numbers are spread, and the same for every side.</summary>
    public static Statement Item(int i) => new(SelectItem, 1 + (i * 7_919L % Items));

    public static async Task ReadAsync(LibSqlClient client, int i) => Expect((await client.ExecuteAsync(Item(i))).Count == 1);

    public static async Task WriteAsync(LibSqlClient client, int i) => Expect((await client.ExecuteAsync(new(InsertRow, i, Body))).AffectedRows == 1);

    public static SqlValue[][] Rows(int count) => [.. Enumerable.Range(0, count).Select(i => (SqlValue[])[i, Body])];

    public static Task WriteRowsAsync(LibSqlClient client, SqlValue[][] rows) => client.WriteAsync([.. BulkInsert.Of(InsertRow, rows).Select(s => new WriteStep(s.Statement))]);

    /// <summary>The rows as the fastest statement that the server knows, all of its text ready.</summary>
    public static Statement BareRows(int count) => new("INSERT INTO bench_writes (caller, body) SELECT value->>0, value->>1 FROM json_each(?)", $"[{string.Join(',', Enumerable.Range(0, count).Select(i => $"[{i},\"{Body}\"]"))}]");

    /// <summary>Reads an item, inserts a row, changes that row and reads it.</summary>
    public static async Task TransactAsync(LibSqlClient client, int i) => Expect((await client.WriteAsync([
        new(Item(i)), new(new(InsertRow, i, Body)), new(new("UPDATE bench_writes SET caller = ? WHERE id = last_insert_rowid()", i + 1)),
        new("SELECT id, body FROM bench_writes WHERE id = last_insert_rowid()")]))[3].Count == 1);

    /// <summary>Writes a row, and gives the statement that reads it.</summary>
    public static async Task<Statement> WriteForReadingAsync(LibSqlClient client, int i) => new(SelectRow, (await client.ExecuteAsync(new(InsertRow, i, Body))).LastInsertRowId);

    private static void Expect(bool condition)
    {
        if (!condition)
            throw new InvalidDataException("The server answered something else than was asked.");
    }
}
