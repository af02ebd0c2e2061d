namespace Afterwit.Tests;

/// <summary>What is asked is in the key whole: a property that is forgotten there would give the answer to another question.</summary>
public sealed class RecallKeysTests
{
    [Fact]
    public void Every_property_of_a_recall_changes_its_key()
    {
        // A receipt is made anew for each recall with the episode it is for, and is no part of what is kept.
        AssertComplete(new RecallQuery { Text = "t" }, RecallKeys.Of, nameof(RecallQuery.KeepReceipt), nameof(RecallQuery.Episode));
        AssertComplete(new RecallQuery { Text = "t" }, RecallKeys.OfPlaybook, nameof(RecallQuery.KeepReceipt), nameof(RecallQuery.Episode));
        AssertComplete(new Scope(), scope => RecallKeys.Of(new RecallQuery { Text = "t", Scope = scope }));
        AssertComplete(new EpisodeContext(), context => RecallKeys.Of(new RecallQuery { Text = "t", Context = context }));
    }

    [Fact]
    public void Every_property_of_an_advice_request_changes_its_key() => AssertComplete(new AdviceRequest(), RecallKeys.Of);

    [Fact]
    public void A_recall_of_one_project_reads_that_one_alone_unless_it_tells_of_patterns()
    {
        RecallQuery query = new() { Text = "t", Scope = new(Project: "p") };
        Assert.Equal("p", RecallKeys.Of(query).Project);
        Assert.Null(RecallKeys.Of(query with { Types = RecallTypes.Episode | RecallTypes.Pattern }).Project);
        Assert.Equal("d", RecallKeys.Of(new AdviceRequest { Domain = "d" }).Domain);
    }

    private static void AssertComplete<T>(T query, Func<T, ResultKey> key, params string[] except)
        where T : class
    {
        foreach (var property in typeof(T).GetProperties().Where(p => p.CanWrite && !except.Contains(p.Name)))
        {
            var changed = (T)typeof(T).GetMethod("<Clone>$")!.Invoke(query, [])!;
            property.SetValue(changed, Other(property.PropertyType));
            Assert.True(key(query) != key(changed), $"{typeof(T).Name}.{property.Name} is not in the key");
        }
    }

    private static object Other(Type type) =>
        type == typeof(string) ? "other"
        : type == typeof(bool) ? true
        : type == typeof(int) || type == typeof(int?) ? 77
        : type == typeof(RecallTypes) ? RecallTypes.Playbook
        : type == typeof(QueryEmbedding) ? new QueryEmbedding("m", new float[] { 1 })
        : type == typeof(Scope) ? new Scope(Run: "r")
        : type == typeof(EpisodeContext) ? new EpisodeContext { Language = "l" }
        : type == typeof(DateTimeOffset?) ? DateTimeOffset.UnixEpoch
        : type == typeof(IReadOnlyList<string>) ? (string[])["other"]
        : throw new InvalidOperationException($"this test has no other value of {type}: add one");
}
