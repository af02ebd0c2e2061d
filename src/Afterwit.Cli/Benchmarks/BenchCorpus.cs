using System.Globalization;
using System.Text;
using Afterwit.Cli.Importing;

namespace Afterwit.Cli.Benchmarks;

/// <summary>
/// Episodes to measure with: real ones from files, or made-up ones whose words are as unevenly frequent as in real text. A larger memory is made by repeating
/// them with a fifth of the words exchanged for others of the same corpus, so that common words stay common and no two copies are the same.
/// </summary>
internal sealed class BenchCorpus
{
    private const int MadeUp = 2_000;
    private const int ExchangedShare = 5;

    private readonly IReadOnlyList<Episode> _originals;
    private readonly string[] _words;

    private BenchCorpus(IReadOnlyList<Episode> originals)
    {
        _originals = originals;
        _words = [.. originals.SelectMany(e => e.Task.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(w => w.Length > 2)];
    }

    /// <summary>The episodes as they are.</summary>
    public IReadOnlyList<Episode> Originals => _originals;

    public static async Task<BenchCorpus> LoadAsync(IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        if (files.Count == 0)
            return new([.. MakeUp()]);
        var episodes = new List<Episode>();
        await foreach (var record in new EpisodeReader(CommandContext.Time).ReadAsync(files, EpisodeReader.Auto, cancellationToken))
        {
            if (record.Episode is { } episode)
                episodes.Add(episode);
        }

        return episodes.Count > 0 ? new(episodes) : throw new ArgumentException($"--source: no episode in {string.Join(", ", files)}.");
    }

    /// <summary>So many episodes: the originals, then varied copies.</summary>
    public IEnumerable<Episode> Take(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var (original, copy) = (_originals[i % _originals.Count], i / _originals.Count);
            yield return copy == 0 ? original : Vary(original, copy);
        }
    }

    /// <summary>Tasks that are not in the memory word for word.</summary>
    public IEnumerable<string> Queries(int count)
    {
        for (var i = 0; i < count; i++)
            yield return Vary(_originals[(int)((long)i * 7919 % _originals.Count)].Task, -1 - i);
    }

    private static IEnumerable<Episode> MakeUp()
    {
        var random = new Random(1);
        // Zipf: the n-th word is n times as rare as the first.
        var vocabulary = Enumerable.Range(1, 5_000).Select(n => string.Concat(Enumerable.Range(0, 2 + (n % 3)).Select(k => "bcdfgklmnprstv"[random.Next(14)].ToString() + "aeiou"[random.Next(5)]))).ToArray();
        string Word() => vocabulary[(int)Math.Min(vocabulary.Length - 1, Math.Exp(random.NextDouble() * Math.Log(vocabulary.Length)))];
        string Text(int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => Word()));
        for (var i = 0; i < MadeUp; i++)
        {
            var source = string.Create(CultureInfo.InvariantCulture, $"made-up/{i}");
            yield return new()
            {
                Id = EpisodeId.FromSource(source),
                SourceId = source,
                Task = Text(12),
                Context = new() { Domain = $"domain-{i % 5}", Tags = [$"env:{i % 40}"] },
                StartedAt = DateTimeOffset.UnixEpoch.AddHours(i),
                Outcome = random.Next(3) > 0 ? Outcome.Success() : Outcome.Failure(),
                Steps = [.. Enumerable.Range(0, 4 + (i % 9)).Select(k => Step.ToolCall($"tool_{random.Next(12)}", Text(8), Text(40), random.Next(6) == 0))],
            };
        }
    }

    private Episode Vary(Episode original, int copy)
    {
        var source = string.Create(CultureInfo.InvariantCulture, $"{original.SourceId}~{copy}");
        return original with
        {
            Id = EpisodeId.FromSource(source),
            SourceId = source,
            Task = Vary(original.Task, copy),
            Steps = [.. original.Steps.Select(step => step with { Text = VaryOrNull(step.Text, copy), Arguments = VaryOrNull(step.Arguments, copy), Observation = VaryOrNull(step.Observation, copy) })],
        };
    }

    private string? VaryOrNull(string? text, int copy) => text is null ? null : Vary(text, copy);

    private string Vary(string text, int copy)
    {
        var varied = new StringBuilder(text.Length);
        foreach (var word in text.Split(' '))
        {
            var hash = (uint)HashCode(word, copy);
            varied.Append(varied.Length == 0 ? "" : " ").Append(word.Length > 2 && hash % ExchangedShare == 0 ? _words[hash / ExchangedShare % _words.Length] : word);
        }

        return varied.ToString();
    }

    /// <summary>The same in every process, unlike <see cref="string.GetHashCode()"/>.</summary>
    private static int HashCode(string word, int copy)
    {
        var hash = unchecked((int)2166136261) ^ (copy * 16777619);
        foreach (var c in word)
            hash = unchecked((hash ^ c) * 16777619);
        return unchecked(hash ^ (hash >> 15));
    }
}
