using Afterwit.LibSql.Protocol;
using Afterwit.LibSql.Transport;

namespace Afterwit.LibSql.Tests.Client;

public sealed class StoredSqlTests
{
    private readonly StoredSql _stored = new();

    [Fact]
    public void On_a_slow_link_a_long_text_is_stored_and_its_number_sent()
    {
        var statement = Long("a");
        Run(statement, 100, id => id == 0 ? 9 : 2);
        Assert.Equal(100, Run(statement, 100, id => id == 0 ? 9 : 2));
    }

    [Fact]
    public void On_a_fast_link_the_text_is_sent()
    {
        var statement = Long("a");
        Run(statement, 100, _ => 1);
        Assert.Equal(0, Run(statement, 100, _ => 1));
    }

    [Fact]
    public void A_link_that_became_slow_is_noticed()
    {
        var statement = Long("a");
        Run(statement, 4096, _ => 1);
        Assert.InRange(Run(statement, 4096, id => id == 0 ? 9 : 2), 4000, 4096);
    }

    [Fact]
    public void A_short_text_is_always_sent() => Assert.Equal(0, Run(new("SELECT 1"), 100, id => id == 0 ? 9 : 2));

    [Fact]
    public void Each_text_has_a_number_of_its_own_and_there_is_an_end_to_them()
    {
        var ids = Enumerable.Range(0, 300).Select(i => Long($"{i}")).SelectMany(s => Enumerable.Range(0, 2).Select(_ => Choose(s))).Where(id => id != 0).ToList();
        Assert.Equal(128, ids.Count);
        Assert.Equal(128, ids.Distinct().Count());
    }

    [Fact]
    public void A_number_is_not_used_before_its_text_was_sent()
    {
        var statement = Long("a");
        Choose(statement);
        Assert.NotEqual(0, _stored.Choose(statement, out var store));
        Assert.NotEqual(0, store);
        _stored.Choose(statement, out _);
        Assert.Equal(0, _stored.Choose(statement, out var again)); // another caller, meanwhile
        Assert.Equal(0, again);
    }

    private static PreparedStatement Long(string text) => new($"SELECT '{text}{new string('x', 1000)}'");

    private int Choose(PreparedStatement statement)
    {
        var id = _stored.Choose(statement, out var store);
        if (store > 0)
            _stored.Kept(statement, store);
        return id;
    }

    /// <summary>How many of the executions sent the number.</summary>
    private int Run(PreparedStatement statement, int executions, Func<int, double> milliseconds)
    {
        var byNumber = 0;
        for (var i = 0; i < executions; i++)
        {
            var id = Choose(statement);
            byNumber += id == 0 ? 0 : 1;
            _stored.Took(HranaRequest.Execute(new(statement, [], SqlId: id)), TimeSpan.FromMilliseconds(milliseconds(id)));
        }

        return byNumber;
    }
}
