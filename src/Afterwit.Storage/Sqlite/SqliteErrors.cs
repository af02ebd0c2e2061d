using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Afterwit.Storage;

/// <summary>The one border where the engine's errors become ours.</summary>
internal static class SqliteErrors
{
    public static bool IsBusy(SqliteException e) => e.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    public static DatabaseException Map(SqliteException e, string database, TimeSpan busyTimeout) => e.SqliteErrorCode switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new(
            $"{database} has been held by another process for {busyTimeout.TotalSeconds:0.#} s. Nothing was written: try again, find the process that holds it, or raise Storage:BusyTimeout.", true, e),
        raw.SQLITE_FULL => new($"{database} is full: the disk has no space left, or the file reached Storage:MaxBytes. Nothing was written: free space or raise the limit, then try again.", true, e),
        raw.SQLITE_READONLY or raw.SQLITE_PERM => new($"{database} cannot be written: it or its folder is read-only. Make both writable, or copy the file elsewhere.", false, e),
        raw.SQLITE_CANTOPEN => new($"{database} cannot be opened: check that the folder exists and may be read and written.", false, e),
        raw.SQLITE_NOTADB => new($"{database} is not a database. Point --db at another path; this file was left as it is.", false, e),
        raw.SQLITE_CORRUPT => new($"{database} is damaged ({e.Message}). Stop writing to it and restore a backup.", false, e),
        raw.SQLITE_IOERR => new($"{database}: the disk failed ({e.Message}). Nothing was acknowledged; check the disk.", true, e),
        raw.SQLITE_TOOBIG => new($"{database}: a value is larger than SQLite takes (1 GB). Nothing was written.", false, e),
        _ when e.Message.Contains("no such module: fts5", StringComparison.Ordinal) => new(
            $"{database}: the SQLite library of this system was built without full-text search (FTS5). Install the one of your distribution, or one built with -DSQLITE_ENABLE_FTS5.", false, e),
        _ => new($"{database}: {e.Message}", false, e),
    };
}
