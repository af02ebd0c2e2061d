using Afterwit.LibSql;
using Microsoft.Data.Sqlite;

namespace Afterwit.Storage.Tests.Sqlite;

/// <summary>What a prepared statement keeps between its executions.</summary>
public sealed class SqliteStatementTests
{
    [Fact]
    public void A_shorter_list_of_arguments_inherits_none()
    {
        using var connection = Open();
        using var statement = new SqliteStatement(connection.Handle!, "SELECT ?1, ?2");
        Assert.Equal((1, false), Run(statement, 1, 2));
        Assert.Equal((3, true), Run(statement, 3));
        Assert.Equal((4, false), Run(statement, 4, 5));
    }

    [Theory]
    [InlineData(60_000, false)]
    [InlineData(70_000, true)]
    public void A_large_value_is_let_go_after_the_execution(int length, bool gone)
    {
        using var connection = Open();
        foreach (var value in (SqlValue[])[new string('x', length), new byte[length]])
        {
            using var statement = new SqliteStatement(connection.Handle!, "SELECT 0, ?1");
            Assert.Equal((0, false), Run(statement, value));
            Assert.True(statement.Step()); // with what is still bound
            Assert.Equal(gone, statement.IsNull(1));
            statement.Reset();
        }
    }

    private static SqliteConnection Open()
    {
        NativeSqlite.EnsureLoaded(); // this may be the first test of all
        var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        return connection;
    }

    private static (long First, bool SecondIsNull) Run(SqliteStatement statement, params SqlValue[] arguments)
    {
        statement.Bind(arguments);
        Assert.True(statement.Step());
        var row = (statement.GetInt64(0), statement.IsNull(1));
        statement.Reset();
        return row;
    }
}
