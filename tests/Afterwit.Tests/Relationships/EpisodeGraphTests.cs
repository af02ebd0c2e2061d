using System.Text.Json;
using System.Text.RegularExpressions;

namespace Afterwit.Tests.Relationships;

public sealed partial class EpisodeGraphTests
{
    private const string Hostile = "a \"b\" \\ \\N \\\" ]; } -> x [label=\"y\"] <b>&amp;</b> \0 \u001b[31m \r\n // {end}\\";

    private static readonly EpisodeId A = EpisodeId.FromSource("a");
    private static readonly EpisodeId B = EpisodeId.FromSource("b");

    private static readonly EpisodeGraph Graph = new(
        [EpisodeGraph.Node(A, Hostile, EpisodeStatus.Failed, 0), EpisodeGraph.Node(B, "second", EpisodeStatus.Running, 1)],
        [new(A, RelationshipKind.DependsOn, B, Hostile) { Priority = 3, Weight = 0.5, Metadata = new Dictionary<string, string> { [Hostile] = Hostile } }, new(B, RelationshipKind.Related, B)]);

    [Fact]
    public void Dot_holds_hostile_text_inside_its_quotes()
    {
        var lines = Graph.ToDot().Split('\n');
        Assert.Equal(("digraph episodes {", "}", ""), (lines[0], lines[^2], lines[^1]));
        Assert.Equal(4, lines[1..^2].Length);
        Assert.All(lines[1..^2], line => Assert.Matches(Statement(), line));
        Assert.DoesNotContain(Graph.ToDot(), c => char.IsControl(c) && c != '\n');

        // As Graphviz reads a quoted string and then a label: \" is a quote, \\ a backslash, \n a new line, &amp; an ampersand.
        var label = Statement().Match(lines[1]).Groups["label"].Value;
        var read = Signs().Replace(label, sign => sign.Value[1] == 'n' ? "\n" : sign.Value[1..]).Replace("&amp;", "&", StringComparison.Ordinal);
        Assert.Equal(Graph.Nodes[0].Title + "\nfailed", read);
        Assert.Contains("label=\"depends-on 0.5\"", lines[3]);
        Assert.Contains("label=\"related\"]", lines[4]);
    }

    [Fact]
    public void Json_holds_every_value_as_it_is()
    {
        var json = JsonDocument.Parse(Graph.ToJson()).RootElement;
        var node = json.GetProperty("nodes")[0];
        Assert.Equal(
            (A.ToString(), Graph.Nodes[0].Title, "failed", 0),
            (node.GetProperty("id").GetString(), node.GetProperty("title").GetString(), node.GetProperty("status").GetString(), node.GetProperty("hops").GetInt32()));
        var edge = json.GetProperty("edges")[0];
        Assert.Equal((A.ToString(), "depends-on", B.ToString()), (edge.GetProperty("from").GetString(), edge.GetProperty("kind").GetString(), edge.GetProperty("to").GetString()));
        Assert.Equal((0.5, 3, Hostile), (edge.GetProperty("weight").GetDouble(), edge.GetProperty("priority").GetInt32(), edge.GetProperty("note").GetString()));
        Assert.Equal(Hostile, edge.GetProperty("metadata").GetProperty(Hostile).GetString());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("edges")[1].GetProperty("note").ValueKind);
    }

    [GeneratedRegex("""^  "[0-9a-f-]{36}"( -> "[0-9a-f-]{36}")? \[label="(?<label>([^"\\]|\\.)*)"(, tooltip="([^"\\]|\\.)*")?\];$""", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Statement();

    [GeneratedRegex(@"\\.", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Signs();
}
