using System.CommandLine;
using Afterwit.Storage;

namespace Afterwit.Cli.Configuration;

/// <summary>The settings in effect: command line, else environment, else file, else default.</summary>
internal sealed class Settings
{
    private Settings(SettingSources sources)
    {
        Sources = sources;
        Storage = new();
        foreach (var (setting, value, source) in sources.All)
        {
            try
            {
                setting.Apply(Storage, value);
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                throw new ArgumentException($"{setting.Name} is '{value}' ({source}); allowed: {setting.Allowed}.", e);
            }
        }

        Storage.Validate();
    }

    /// <summary>Each setting as it was given, with its source.</summary>
    public SettingSources Sources { get; }

    /// <summary>How a file is opened.</summary>
    public SqliteOptions Storage { get; }

    /// <summary>Where the memory is: a full path, or :memory:.</summary>
    public string Database => DatabaseOf(Sources.All[0].Value);

    /// <summary>Resolves every setting.</summary>
    /// <exception cref="ArgumentException">A value is not allowed, or the file cannot be read; the message names it.</exception>
    public static Settings Resolve(ParseResult parsed) => new(SettingSources.Read(parsed));

    /// <summary>What the database's setting stands for.</summary>
    /// <exception cref="ArgumentException">It is empty.</exception>
    /// <exception cref="DatabaseException">It is of a kind that cannot be opened.</exception>
    public static string DatabaseOf(string database)
    {
        if (database is SqliteDatabase.InMemory)
            return database;
        if (string.IsNullOrWhiteSpace(database))
            throw new ArgumentException("Db is empty; allowed: a path, or :memory:.");
        if (database.StartsWith("file:", StringComparison.Ordinal))
            return Path.GetFullPath(database["file:".Length..]);
        var scheme = database.IndexOf("://", StringComparison.Ordinal);
        return scheme < 0 ? Path.GetFullPath(database) : throw new DatabaseException($"{database[..scheme]}:// is not a kind of database that this release opens. Give a path, or :memory:.");
    }
}
