using System.Globalization;
using Afterwit.Storage;
using Microsoft.Data.Sqlite;

namespace Afterwit.Cli.Demo;

/// <summary>What the engine answered: rows, or its error.</summary>
internal readonly record struct Answer(IReadOnlyList<string> Rows, string? Error)
{
    public override string ToString() => Error is not null ? $"Error: {Error}"
        : Rows.Count == 0 ? "[]"
        : string.Join('\n', Rows.Take(8)) + (Rows.Count > 8 ? $"\n... {Rows.Count} rows" : "");
}

/// <summary>A real database in memory, made from a seed: its names, its way to write values and its rows are known to nobody but itself.</summary>
internal sealed class World : IDisposable
{
    private static readonly string[] Syllables = ["ma", "ri", "len", "ko", "da", "su", "tor", "vi", "bel", "no", "han", "ze"];

    private readonly SqliteConnection _connection;
    private readonly Dictionary<Slot, string> _names;
    private readonly int _writing;

    public World(Field field, Random random)
    {
        Field = field;
        var (parent, child) = (random.Next(Names.ColumnCustoms), random.Next(Names.ColumnCustoms));
        _writing = random.Next(3);
        _names = Enum.GetValues<Slot>().ToDictionary(slot => slot, slot => Names.Of(field, slot, Names.TableOf(slot) == Slot.ParentTable ? parent : child));
        var tables = random.Next(Names.TableCustoms);
        foreach (var table in (Slot[])[Slot.ParentTable, Slot.ChildTable])
            _names[table] = Names.Of(field, table, tables);
        _connection = new(new SqliteConnectionStringBuilder { DataSource = SqliteDatabase.InMemory, Pooling = false }.ToString());
        _connection.Open();
        Fill(random, Names.ChildKey(field, child));
        Truth = new(slot => _names[slot]) { Qualified = true, Quoted = true, Having = true };
    }

    public Field Field { get; }

    /// <summary>How the right query is written.</summary>
    public SqlHabits Truth { get; }

    /// <summary>Loads the SQLite library that the store uses.</summary>
    public static ValueTask LoadEngineAsync() => SqliteDatabase.Open(SqliteDatabase.InMemory).DisposeAsync();

    /// <summary>A value as this database writes it.</summary>
    public string Written(string kind) => _writing switch
    {
        0 => kind,
        1 => kind.ToUpperInvariant(),
        _ => kind[..3].ToUpperInvariant(),
    };

    /// <summary>Runs a query as it is.</summary>
    public Answer Run(string sql)
    {
        try
        {
            using var command = _connection.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            var rows = new List<string>();
            while (reader.Read())
                rows.Add(string.Join(" | ", Enumerable.Range(0, reader.FieldCount).Select(i => Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
            return new(rows, null);
        }
        catch (SqliteException e)
        {
            return new([], SQLitePCL.raw.sqlite3_errmsg(_connection.Handle).utf8_to_string() is { Length: > 0 } message and not "not an error" ? message : e.Message);
        }
    }

    public void Dispose() => _connection.Dispose();

    private void Fill(Random random, string childKey)
    {
        string N(Slot slot) => $"[{_names[slot]}]";
        Do($"""
            CREATE TABLE {N(Slot.ParentTable)} ({N(Slot.ParentKey)} INTEGER PRIMARY KEY, {N(Slot.ParentName)} TEXT, {N(Slot.ParentKind)} TEXT);
            CREATE TABLE {N(Slot.ChildTable)} ([{childKey}] INTEGER PRIMARY KEY, {N(Slot.ForeignKey)} INTEGER, {N(Slot.ChildLabel)} TEXT, {N(Slot.ChildAmount)} INTEGER);
            CREATE TABLE audit_log (entry INTEGER PRIMARY KEY, note TEXT);
            """);
        var parents = 4 * Field.Kinds.Count;
        var rows = new List<string>();
        for (var i = 1; i <= parents; i++)
            rows.Add($"({i}, '{Word(random)} {Word(random)}{i}', '{Written(Field.Kinds[i % Field.Kinds.Count])}')");
        Do($"INSERT INTO {N(Slot.ParentTable)} VALUES {string.Join(", ", rows)}");
        rows.Clear();
        for (var i = 1; i <= parents * 12; i++)
            rows.Add($"({i}, {1 + random.Next(parents)}, '{Word(random)}-{i}', {1 + random.Next(500)})");
        Do($"INSERT INTO {N(Slot.ChildTable)} VALUES {string.Join(", ", rows)}");
    }

    private void Do(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static string Word(Random random)
    {
        var word = Syllables[random.Next(Syllables.Length)] + Syllables[random.Next(Syllables.Length)];
        return char.ToUpperInvariant(word[0]) + word[1..];
    }
}
