using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Afterwit;

/// <summary>An episode in a graph.</summary>
/// <param name="Id">The episode.</param>
/// <param name="Title">Its task in a line.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Hops">How many edges away from the first one it is.</param>
public sealed record GraphNode(EpisodeId Id, string Title, EpisodeStatus Status, int Hops);

/// <summary>Episodes and the edges between them.</summary>
/// <param name="Nodes">The one that the search began with, then the others, the nearest first.</param>
/// <param name="Edges">The edges whose two ends are among the nodes.</param>
public sealed record EpisodeGraph(IReadOnlyList<GraphNode> Nodes, IReadOnlyList<Relationship> Edges)
{
    private const int TitleLength = 160;

    /// <summary>As a digraph in the DOT language of Graphviz. Text of episodes stands only inside quoted strings, escaped.</summary>
    public string ToDot()
    {
        var dot = new StringBuilder("digraph episodes {\n");
        foreach (var node in Nodes)
            dot.Append(CultureInfo.InvariantCulture, $"  \"{node.Id}\" [label=\"{Escape(node.Title)}\\n{Name(node.Status)}\"];\n");
        foreach (var edge in Edges)
        {
            dot.Append(CultureInfo.InvariantCulture, $"  \"{edge.From}\" -> \"{edge.To}\" [label=\"{Name(edge.Kind)}{(edge.Weight == 1 ? "" : $" {edge.Weight.ToString(CultureInfo.InvariantCulture)}")}\"");
            if (!string.IsNullOrEmpty(edge.Note))
                dot.Append(CultureInfo.InvariantCulture, $", tooltip=\"{Escape(TextRules.Excerpt(edge.Note, TitleLength))}\"");
            dot.Append("];\n");
        }

        return dot.Append("}\n").ToString();
    }

    /// <summary>As JSON: <c>{"nodes":[{"id","title","status","hops"}],"edges":[{"from","kind","to","weight","priority","note","metadata"}]}</c>.</summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("nodes");
            foreach (var node in Nodes)
                Write(json, node);
            json.WriteEndArray();
            json.WriteStartArray("edges");
            foreach (var edge in Edges)
                Write(json, edge);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    internal static GraphNode Node(EpisodeId id, string task, EpisodeStatus status, int hops) => new(id, TextRules.Excerpt(task, TitleLength), status, hops);

    private static void Write(Utf8JsonWriter json, GraphNode node)
    {
        json.WriteStartObject();
        json.WriteString("id", node.Id.Value);
        json.WriteString("title", node.Title);
        json.WriteString("status", Name(node.Status));
        json.WriteNumber("hops", node.Hops);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Relationship edge)
    {
        json.WriteStartObject();
        json.WriteString("from", edge.From.Value);
        json.WriteString("kind", Name(edge.Kind));
        json.WriteString("to", edge.To.Value);
        json.WriteNumber("weight", edge.Weight);
        json.WriteNumber("priority", edge.Priority);
        json.WriteString("note", edge.Note);
        json.WriteStartObject("metadata");
        foreach (var (key, value) in edge.Metadata)
            json.WriteString(key, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    /// <summary>For a quoted string of DOT: a quote would end it, a backslash begins a sign such as \N for the name of the node, and an ampersand an HTML entity.</summary>
    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("&", "&amp;", StringComparison.Ordinal);
}
