namespace Afterwit.Storage;

/// <summary>Brings a database to the schema of this release: numbered steps, forward only, each in one transaction with the note that it was done.</summary>
internal static class Migrations
{
    /// <summary>In order; the first is number 1. A released step is never changed.</summary>
    private static readonly string[] Steps = [Schema1.Script, Schema2.Script, Schema3.Script, Schema4.Script];

    /// <summary>Whether the tables of a memory are there, whether any tables are, and whether that of dictionaries is.</summary>
    public const string TablesSql = """
        SELECT count(*) FILTER (WHERE type = 'table' AND name = 'schema_versions') AS ours, count(*) AS tables, count(*) FILTER (WHERE type = 'table' AND name = 'dictionaries') AS dictionaries
        FROM sqlite_master WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\'
        """;

    /// <summary>The schema this release writes.</summary>
    public static int Latest => Steps.Length;

    /// <summary>Migrates, or refuses a database of a later release.</summary>
    /// <param name="database">The database.</param>
    /// <param name="dictionary">Asked along the way: it costs no round trip of its own.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops between the steps.</param>
    /// <exception cref="DatabaseException">The database was written by a later release; it is left as it is.</exception>
    public static async Task ApplyAsync(IDatabase database, Query dictionary, TimeProvider time, CancellationToken cancellationToken)
    {
        var version = await ReadVersionAsync(database, dictionary, cancellationToken).ConfigureAwait(false);
        if (version > Latest)
            throw new DatabaseException($"{database.Name} has schema {version}; this release of Afterwit knows schemas up to {Latest}. Update Afterwit; the database was left as it is.");

        for (; version < Latest; version++)
        {
            try
            {
                await database.WriteAsync(
                    [
                        Command.OfScript("CREATE TABLE IF NOT EXISTS schema_versions(version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)"),
                        new("INSERT INTO schema_versions(version, applied_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING", version + 1, time.GetUtcNow()) { EachChangesOne = true },
                        Command.OfScript(Steps[version]),
                    ],
                    cancellationToken).ConfigureAwait(false);
            }
            catch (ConflictException)
            {
                // Another process made this step between our look and our write.
            }
        }
    }

    /// <summary>The number of the last step that was made; 0 for an empty database.</summary>
    public static async Task<int> ReadVersionAsync(IDatabase database, Query? dictionary, CancellationToken cancellationToken)
    {
        // One look at all: another process may create the tables between two.
        var (ours, any, dictionaries) = (false, false, false);
        await database.ReadAsync([new(TablesSql, [], row => (ours, any, dictionaries) = (row.GetInt64(0) != 0, row.GetInt64(1) != 0, row.GetInt64(2) != 0))], cancellationToken).ConfigureAwait(false);
        if (!ours)
        {
            return any
                ? throw new DatabaseException($"{database.Name} is a database of another program. Point --db at another path; this file was left as it is.")
                : 0;
        }

        var version = 0;
        var query = new Query("SELECT coalesce(max(version), 0) FROM schema_versions", [], row => version = (int)row.GetInt64(0));
        await database.ReadAsync(dictionaries && dictionary is { } along ? [query, along] : [query], cancellationToken).ConfigureAwait(false);
        return version;
    }
}
