using System.Text.Json;

namespace Afterwit.Storage.Tests;

/// <summary>Two queries share a key exactly if they are the same.</summary>
public sealed class QueryKeyTests
{
    // Texts that a careless key mixes up: case, signs of its own, what looks like a length or a missing value.
    private static readonly string?[] Texts = [null, "", "-", "~", "~1;a", "a", "A", "a;", "1;a", ";", "1;", "a-", "-a", "\0", "é", "e\u0301", "0;", "aa"];

    [Fact]
    public void Keys_are_equal_exactly_when_the_arguments_are()
    {
        var random = new Random(11);
        string? Text() => Texts[random.Next(Texts.Length)];
        string[] List() => [.. Enumerable.Range(0, random.Next(4)).Select(_ => Text() ?? "-")];
        DateTimeOffset? Time() => random.Next(2) == 0 ? null : DateTimeOffset.UnixEpoch.AddTicks(random.Next(3));
        Scope Scope() => new(Text(), Text(), Text(), Text());
        AssertInjective<EpisodeFilter>(() => new()
        {
            Scope = Scope(),
            Domain = Text(),
            Status = random.Next(2) == 0 ? null : (EpisodeStatus)random.Next(2),
            Tag = Text(),
            Metadata = random.Next(2) == 0 ? null : new(Text() ?? "k", Text() ?? "v"),
            Since = Time(),
            Until = Time(),
            After = random.Next(2) == 0 ? null : new(DateTimeOffset.UnixEpoch.AddTicks(random.Next(3)), new(new Guid(random.Next(1, 3), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))),
            Limit = random.Next(1, 3),
        }, QueryKey.Of);
        AssertInjective<PatternFilter>(() => new() { Domain = Text(), Kind = random.Next(2) == 0 ? null : PatternKind.Context, MinSupport = random.Next(3), IncludeRetired = random.Next(2) == 0, Limit = random.Next(1, 3) }, QueryKey.Of);
        AssertInjective<CandidateQuery>(() => new()
        {
            Terms = List(),
            Tags = List(),
            Scope = Scope(),
            Domain = Text(),
            IncludeFailed = random.Next(2) == 0,
            Since = Time(),
            Until = Time(),
            Episodes = random.Next(1, 3),
            BySteps = random.Next(2) == 0,
        }, QueryKey.Of);
        AssertInjective<string?[]>(() => [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Text())], texts => QueryKey.Of(CacheKind.Results, texts.Aggregate(new KeyText(), (key, text) => key.Add(text))));
    }

    [Fact]
    public void Every_property_of_a_query_is_in_its_key()
    {
        // One property at a time: a new one that is forgotten in the key fails here.
        AssertComplete(new EpisodeFilter(), QueryKey.Of);
        AssertComplete(new PatternFilter(), QueryKey.Of);
        AssertComplete(new CandidateQuery { Terms = ["t"] }, QueryKey.Of);
        AssertComplete(new NearestQuery { Embedding = new("m", new float[] { 1 }) }, QueryKey.Of);
        AssertComplete(new GraphQuery { From = new(Guid.CreateVersion7()) }, query => QueryKey.Of(query));
    }

    [Fact]
    public void A_number_that_is_missing_is_not_the_sign_of_the_next() => Assert.NotEqual(
        new KeyText().Add((long?)null).Add(5L).Add(-7L).ToString(), new KeyText().Add(-5L).Add((long?)null).Add(7L).ToString());

    [Fact]
    public void The_key_of_a_pattern_holds_its_id()
    {
        foreach (var id in (long[])[0, 1, 0x0123456789ABCDEF, long.MaxValue])
            Assert.Equal(new PatternId(id), QueryKey.Of(new PatternId(id)).PatternId);
    }

    private static void AssertInjective<T>(Func<T> make, Func<T, QueryKey> key)
    {
        var seen = new Dictionary<QueryKey, string>();
        for (var i = 0; i < 20_000; i++)
        {
            var query = make();
            var whole = JsonSerializer.Serialize(query);
            Assert.Equal(key(query), key(query));
            if (!seen.TryAdd(key(query), whole))
                Assert.Equal(seen[key(query)], whole);
        }

        Assert.Equal(seen.Count, seen.Values.Distinct(StringComparer.Ordinal).Count());
    }

    private static void AssertComplete<T>(T query, Func<T, QueryKey> key)
        where T : class
    {
        foreach (var property in typeof(T).GetProperties().Where(p => p.CanWrite))
        {
            var changed = (T)typeof(T).GetMethod("<Clone>$")!.Invoke(query, [])!;
            property.SetValue(changed, Other(property.PropertyType));
            Assert.True(key(query) != key(changed), $"{typeof(T).Name}.{property.Name} is not in the key");
        }
    }

    private static object Other(Type type) =>
        type == typeof(string) ? "other"
        : type == typeof(bool) ? true
        : type == typeof(int) ? 77
        : type == typeof(Scope) ? new Scope(Run: "r")
        : type == typeof(EpisodeId) ? new EpisodeId(Guid.CreateVersion7())
        : type == typeof(QueryEmbedding) ? new QueryEmbedding("other", new float[] { 2 })
        : type == typeof(DateTimeOffset?) ? DateTimeOffset.UnixEpoch
        : type == typeof(EpisodePosition) ? new EpisodePosition(DateTimeOffset.UnixEpoch, new(Guid.CreateVersion7()))
        : type == typeof(EpisodeStatus?) ? EpisodeStatus.Failed
        : type == typeof(PatternKind?) ? PatternKind.Context
        : type == typeof(EdgeDirection) ? EdgeDirection.Incoming
        : type == typeof(KeyValuePair<string, string>?) ? new KeyValuePair<string, string>("k", "v")
        : type == typeof(IReadOnlyList<string>) ? (string[])["other"]
        : type == typeof(IReadOnlyList<RelationshipKind>) ? (RelationshipKind[])[RelationshipKind.Blocks]
        : throw new InvalidOperationException($"this test has no other value of {type}: add one");
}
