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
    private const string FailedMark = "§f";

    /// <summary>The document of a task.</summary>
    public static string OfTask(Episode episode, out int length)
    {
        var terms = TextAnalyzer.Terms(Head(episode.Task));
        length = terms.Count;
        return Document(episode, [.. terms, .. episode.Context.Tags.Select(TagMark)]);
    }

    /// <summary>The document of a step, or null for one that is not searched.</summary>
    public static string? OfStep(Episode episode, Step step)
    {
        if (step.FromMemory)
            return null;
        var terms = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in (ReadOnlySpan<string?>)[step.Text, step.Tool, step.Arguments, step.Observation])
            TextAnalyzer.AddTerms(Head(text), terms);
        return Document(episode, terms);
    }

    /// <summary>The mark of a tag: found like a term.</summary>
    public static string TagMark(string tag) => Mark('t', tag);

    /// <summary>A match that is certain to be well formed: terms and marks are quoted, and quotes cannot occur in them.</summary>
    public static string Match(ReadOnlySpan<string> terms, Scope scope, string? domain, bool includeFailed)
    {
        var match = new StringBuilder();
        foreach (var term in (ReadOnlySpan<string>)[.. terms, .. Marks(scope, domain)])
            match.Append(match.Length == 0 ? "" : " AND ").Append('"').Append(term).Append('"');
        if (!includeFailed)
            match.Insert(0, '(').Append(CultureInfo.InvariantCulture, $") NOT \"{FailedMark}\"");
        return match.ToString();
    }

    private static string Document(Episode episode, HashSet<string> terms)
    {
        foreach (var mark in Marks(episode.Scope, episode.Context.Domain))
            terms.Add(mark);
        if (episode.Status is EpisodeStatus.Failed or EpisodeStatus.Abstained)
            terms.Add(FailedMark);
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
