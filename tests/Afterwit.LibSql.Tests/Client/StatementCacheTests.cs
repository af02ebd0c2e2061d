namespace Afterwit.LibSql.Tests.Client;

public sealed class StatementCacheTests
{
    private readonly LibSqlStatistics _statistics = new();

    [Fact]
    public void The_least_recently_used_goes_first()
    {
        var cache = new StatementCache(2, _statistics);
        var (a, b) = (cache.Get("a"), cache.Get("b"));
        Assert.Same(a, cache.Get("a"));
        cache.Get("c");
        Assert.Same(a, cache.Get("a"));
        Assert.NotSame(b, cache.Get("b"));
        Assert.Equal(2, cache.Count);
        Assert.Equal((2L, 4L), (_statistics.StatementHits, _statistics.StatementMisses));
    }

    [Fact]
    public void Many_threads_get_one_statement_for_one_text()
    {
        var cache = new StatementCache(64, _statistics);
        var seen = new System.Collections.Concurrent.ConcurrentBag<PreparedStatement>();
        Parallel.For(0, 10_000, i => seen.Add(cache.Get($"statement {i % 64}")));
        Assert.Equal(64, seen.Distinct().Count());
        Assert.Equal(10_000, _statistics.StatementHits + _statistics.StatementMisses);
    }

    [Fact]
    public void Arguments_that_do_not_fit_are_refused_once_the_parameters_are_known()
    {
        var cache = new StatementCache(8, _statistics);
        Assert.Equal(["b", ":a"], cache.Bind(Statement.Named("SELECT :a, @b", ("b", 2L), (":a", 1L))).Names);
        Assert.Single(cache.Bind(new("SELECT ?1, ?2", 1L)).Arguments);
        cache.Get("SELECT :a, @b").Description = new([":a", "@b"], [], true, false);
        cache.Get("SELECT ?1, ?2").Description = new(["?1", "?2"], [], true, false);
        cache.Bind(Statement.Named("SELECT :a, @b", ("b", 2L), (":a", 1L)));
        cache.Bind(new("SELECT ?1, ?2", 1L, 2L));
        Refused("'c'", Statement.Named("SELECT :a, @b", ("a", 1L), ("b", 2L), ("c", 3L)));
        Refused("'@b'", Statement.Named("SELECT :a, @b", ("a", 1L)));
        Refused("1 values", new("SELECT ?1, ?2", 1L));

        void Refused(string what, Statement statement) => Assert.Contains(what, Assert.Throws<ArgumentException>(() => cache.Bind(statement)).Message, StringComparison.Ordinal);
    }
}
