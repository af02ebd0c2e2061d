using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Afterwit.Storage;

/// <summary>The documents of an episode.</summary>
/// <param name="Episode">The episode.</param>
/// <param name="IsNegative">On which side of the index they lie.</param>
/// <param name="Task">The document of its task.</param>
/// <param name="TaskTerms">How many terms the task has.</param>
/// <param name="Steps">The documents of the steps that are searched, by their ordinals.</param>
/// <param name="AllSteps">How many steps there are.</param>
internal sealed record EpisodeDocuments(EpisodeId Episode, bool IsNegative, string Task, int TaskTerms, IReadOnlyList<(int Ordinal, string Document)> Steps, int AllSteps);

/// <summary>
/// What the full-text index holds. A document is the set of its terms and of marks for its scope; the marks begin with a sign that no term can have, so that
/// a filter is one more term of the match and never a scan. Texts are kept in their tables alone.
/// </summary>
internal static class SearchIndex
{
    /// <summary>
    /// True for an episode whose documents lie on the negative side of the index, at the complement of their keys: a search without failed runs then reads the
    /// positive side alone, instead of taking every failed run out of every term.
    /// </summary>
    public static bool IsNegative(EpisodeStatus status) => status is EpisodeStatus.Failed or EpisodeStatus.Abstained;

    /// <summary>The key of what a document stands for, on either side.</summary>
    public static long KeyOf(long document) => document >= 0 ? document : ~document;

    /// <summary>The documents of an episode.</summary>
    public static EpisodeDocuments Of(Episode episode)
    {
        string[] marks = [.. Marks(episode.Scope, episode.Context.Domain)];
        var terms = TextAnalyzer.Terms(Head(episode.Task));
        var steps = new List<(int, string)>(episode.Steps.Count);
        var words = new HashSet<string>(StringComparer.Ordinal);
        foreach (var step in episode.Steps)
        {
            if (step.FromMemory)
                continue;
            words.Clear();
            foreach (var text in (ReadOnlySpan<string?>)[step.Text, step.Tool, step.Arguments, step.Observation])
                TextAnalyzer.AddTerms(Head(text), words);
            steps.Add((step.Ordinal, Document(words, marks)));
        }

        return new(episode.Id, IsNegative(episode.Status), Document([.. terms, .. episode.Context.Tags.Select(TagMark)], marks), terms.Count, steps, episode.Steps.Count);
    }

    /// <summary>The mark of a tag: found like a term.</summary>
    public static string TagMark(string tag) => Mark('t', tag);

    /// <summary>A match that is certain to be well formed: terms and marks are quoted, and quotes cannot occur in them.</summary>
    public static string Match(ReadOnlySpan<string> terms, Scope scope, string? domain)
    {
        var match = new StringBuilder();
        foreach (var term in (ReadOnlySpan<string>)[.. terms, .. Marks(scope, domain)])
            match.Append(match.Length == 0 ? "" : " AND ").Append('"').Append(term).Append('"');
        return match.ToString();
    }

    private static string Document(HashSet<string> terms, string[] marks)
    {
        terms.UnionWith(marks);
        return string.Join(' ', terms);
    }

    private static IEnumerable<string> Marks(Scope scope, string? domain)
    {
        if (scope.Project is not null)
            yield return Mark('p', scope.Project);
        if (scope.Agent is not null)
            yield return Mark('a', scope.Agent);
        if (scope.User is not null)
            yield return Mark('u', scope.User);
        if (scope.Run is not null)
            yield return Mark('r', scope.Run);
        if (domain is not null)
            yield return Mark('d', domain);
    }

    /// <summary>32 bits of a hash, in decimal; the head of each candidate is compared in full, so that a collision costs a row and never a wrong hit.</summary>
    private static string Mark(char kind, string value)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(value), hash);
        return string.Create(CultureInfo.InvariantCulture, $"§{kind}{BinaryPrimitives.ReadUInt32BigEndian(hash)}");
    }

    private static ReadOnlySpan<char> Head(string? text) => text.AsSpan(0, Math.Min(text?.Length ?? 0, TextAnalyzer.IndexedLength));
}
