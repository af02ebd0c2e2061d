namespace Afterwit.Tests.Relationships;

public sealed class RelationshipRulesTests
{
    private static readonly Relationship Edge = new(EpisodeId.FromSource("a"), RelationshipKind.Related, EpisodeId.FromSource("b"));
    private static readonly GraphQuery Query = new() { From = EpisodeId.FromSource("a") };

    [Theory]
    [InlineData(0)]
    [InlineData(-0.5)]
    [InlineData(1.0001)]
    [InlineData(double.NaN)]
    public void A_weight_is_above_0_and_up_to_1(double weight) => Refused($"weight is {weight}", Edge with { Weight = weight });

    [Fact]
    public void What_is_out_of_its_range_is_refused_with_its_value()
    {
        Refused("kind is 8", Edge with { Kind = (RelationshipKind)8 });
        Refused("priority is 1001", Edge with { Priority = 1001 });
        Refused("note is not valid Unicode", Edge with { Note = "\uD800" });
        Refused("metadata key is empty", Edge with { Metadata = new Dictionary<string, string> { [" "] = "x" } });
        Refused("metadata 'k'", Edge with { Metadata = new Dictionary<string, string> { ["k"] = "\uDC00" } });
        Refused("max hops is 33", Query with { MaxHops = 33 });
        Refused("max hops is 0", Query with { MaxHops = 0 });
        Refused("limit is 10001", Query with { Limit = 10_001 });
        Refused("direction is 4", Query with { Direction = (EdgeDirection)4 });
        Refused("kind is -1", Query with { Kinds = [RelationshipKind.Parent, (RelationshipKind)(-1)] });
    }

    [Fact]
    public void The_ends_of_each_range_pass_and_credentials_are_taken_out_of_values()
    {
        RelationshipRules.Check(Edge with { Priority = -1000, Weight = double.Epsilon });
        RelationshipRules.Check(Query with { MaxHops = 32, Limit = 10_000, Direction = EdgeDirection.Both });
        const string Secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
        var clean = RelationshipRules.Check(Edge with { Note = $"token {Secret}", Metadata = new Dictionary<string, string> { ["k"] = $"token {Secret}" } });
        Assert.DoesNotContain(Secret, clean.Note + clean.Metadata["k"]);
        Assert.Equal(["k"], clean.Metadata.Keys);
    }

    private static void Refused(string because, Relationship edge) => Assert.Contains(because, Assert.Throws<ArgumentException>(() => RelationshipRules.Check(edge)).Message);

    private static void Refused(string because, GraphQuery query) => Assert.Contains(because, Assert.Throws<ArgumentException>(() => RelationshipRules.Check(query)).Message);
}
