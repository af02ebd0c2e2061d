using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Afterwit.Storage;

/// <summary>
/// What the full-text index holds. A document is the set of its terms and of marks for its scope; the marks begin with a sign that no term can have, so that
/// a filter is one more term of the match and never a scan. Texts are kept in their tables alone.
/// </summary>
internal static class SearchIndex
{
    /// <summary>So much of each text is indexed, in characters: the rest of a long dump says little about what the step was.</summary>
    private const int IndexedLength = 8_000;

    private const string FailedMark = "§f";

    /// <summary>The document of a task.</summary>
    public static string OfTask(Episode episode) => Document(episode, static (e, terms) => TextAnalyzer.AddTerms(Head(e.Task), terms), episode);

    /// <summary>The document of a step, or null for one that is not searched.</summary>
    public static string? OfStep(Episode episode, Step step) => step.FromMemory ? null : Document(episode, AddStep, step);

    /// <summary>A match that is certain to be well formed: terms and marks are quoted, and quotes cannot occur in them.</summary>
    public static string Match(IEnumerable<string> terms, Scope scope, bool includeFailed)
    {
        var match = new StringBuilder();
        foreach (var term in terms.Concat(Marks(scope)))
            match.Append(match.Length == 0 ? "" : " AND ").Append('"').Append(term).Append('"');
        if (!includeFailed)
            match.Insert(0, '(').Append(CultureInfo.InvariantCulture, $") NOT \"{FailedMark}\"");
        return match.ToString();
    }

    private static void AddStep(Step step, ICollection<string> terms)
    {
        TextAnalyzer.AddTerms(Head(step.Speaker), terms);
        TextAnalyzer.AddTerms(Head(step.Text), terms);
        TextAnalyzer.AddTerms(Head(step.Tool), terms);
        TextAnalyzer.AddTerms(Head(step.Arguments), terms);
        TextAnalyzer.AddTerms(Head(step.Observation), terms);
    }

    private static string Document<T>(Episode episode, Action<T, ICollection<string>> add, T source)
    {
        var terms = new HashSet<string>(StringComparer.Ordinal);
        add(source, terms);
        foreach (var mark in Marks(episode.Scope))
            terms.Add(mark);
        if (episode.Status is EpisodeStatus.Failed or EpisodeStatus.Abstained)
            terms.Add(FailedMark);
        return string.Join(' ', terms);
    }

    private static IEnumerable<string> Marks(Scope scope)
    {
        if (scope.Project is not null)
            yield return Mark('p', scope.Project);
        if (scope.Agent is not null)
            yield return Mark('a', scope.Agent);
        if (scope.User is not null)
            yield return Mark('u', scope.User);
        if (scope.Run is not null)
            yield return Mark('r', scope.Run);
    }

    /// <summary>32 bits of a hash, in decimal; the head of each candidate is compared in full, so that a collision costs a row and never a wrong hit.</summary>
    private static string Mark(char kind, string value)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(value), hash);
        return string.Create(CultureInfo.InvariantCulture, $"§{kind}{BinaryPrimitives.ReadUInt32BigEndian(hash)}");
    }

    private static ReadOnlySpan<char> Head(string? text) => text.AsSpan(0, Math.Min(text?.Length ?? 0, IndexedLength));
}
