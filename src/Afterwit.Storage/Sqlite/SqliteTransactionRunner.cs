using Microsoft.Data.Sqlite;

namespace Afterwit.Storage;

/// <summary>Commits a group of units of work in one transaction. A unit that fails is undone alone; the others are kept.</summary>
internal static class SqliteTransactionRunner
{
    /// <summary>Commits the group and settles every member: with its results after the commit, or with its own error.</summary>
    public static void Commit(SqliteSession session, IReadOnlyList<QueuedUnit> group, DatabaseStatistics statistics, Func<SqliteException, DatabaseException> map)
    {
        var results = new IReadOnlyList<CommandResult>?[group.Count];
        try
        {
            session.Control("BEGIN IMMEDIATE");
            try
            {
                for (var i = 0; i < group.Count; i++)
                    results[i] = RunUnit(session, group[i], alone: group.Count == 1, map);
                session.Control("COMMIT");
            }
            catch
            {
                Rollback(session);
                throw;
            }
        }
        catch (Exception e) when (e is SqliteException or UnitFailedException)
        {
            var error = e is SqliteException engine ? map(engine) : e.InnerException!;
            foreach (var write in group)
                write.Completion.TrySetException(error);
            return;
        }

        statistics.Committed(results.Count(r => r is not null));
        for (var i = 0; i < group.Count; i++)
        {
            if (results[i] is { } result)
                group[i].Completion.TrySetResult(result);
        }
    }

    private static CommandResult[]? RunUnit(SqliteSession session, QueuedUnit write, bool alone, Func<SqliteException, DatabaseException> map)
    {
        try
        {
            if (!alone)
                session.Control("SAVEPOINT unit");
            var results = new CommandResult[write.Unit.Count];
            for (var i = 0; i < results.Length; i++)
            {
                if (write.Unit[i] is { IsScript: true } script)
                    session.Run(script.Sql);
                else
                    results[i] = session.Execute(write.Unit[i]);
            }

            if (!alone)
                session.Control("RELEASE unit");
            return results;
        }
        catch (Exception e) when (e is SqliteException or ConflictException)
        {
            var error = e is SqliteException engine ? map(engine) : e;
            if (alone || e is SqliteException { SqliteErrorCode: not SQLitePCL.raw.SQLITE_CONSTRAINT and not SQLitePCL.raw.SQLITE_MISMATCH and not SQLitePCL.raw.SQLITE_TOOBIG and not SQLitePCL.raw.SQLITE_ERROR })
                throw new UnitFailedException(error); // the engine may have undone the transaction itself: nobody's work was kept
            session.Control("ROLLBACK TO unit");
            session.Control("RELEASE unit");
            write.Completion.TrySetException(error);
            return null;
        }
    }

    private static void Rollback(SqliteSession session)
    {
        try
        {
            session.Control("ROLLBACK");
        }
        catch (SqliteException)
        {
            // A full disk or an I/O error has already undone the transaction: there is nothing left to roll back.
        }
    }

    private sealed class UnitFailedException(Exception cause) : Exception(cause.Message, cause);
}
