using System.Runtime.InteropServices;

namespace Afterwit.Storage;

/// <summary>What the rows of the index add up to: which terms each task and each step holds, and which episodes promise most.</summary>
internal sealed class FoundDocuments(List<CountedTerm> terms, int tags)
{
    private readonly Dictionary<long, (ulong Terms, int Tags)> _tasks = [];
    private readonly Dictionary<long, ulong> _steps = [];
    private readonly double[] _stepWeights = [.. terms.Select(t => t.Term.StepWeight)];
    private readonly double[] _taskWeights = [.. terms.Select(t => t.Term.TaskWeight)];
    private readonly Dictionary<long, List<StepMatch>> _stepsOf = [];

    public void AddTask(long document, ulong held) => CollectionsMarshal.GetValueRefOrAddDefault(_tasks, SearchIndex.KeyOf(document), out _).Terms |= held;

    public void AddTag(long document) => CollectionsMarshal.GetValueRefOrAddDefault(_tasks, SearchIndex.KeyOf(document), out _).Tags++;

    public void AddStep(long document, ulong held) => CollectionsMarshal.GetValueRefOrAddDefault(_steps, SearchIndex.KeyOf(document), out _) |= held;

    /// <summary>The steps of a chosen episode that hold terms, in order.</summary>
    public List<StepMatch> StepsOf(long episode) => _stepsOf.TryGetValue(episode, out var steps) ? steps : [];

    /// <summary>The episodes that promise most, by the weights of the score but without the length of texts.</summary>
    public List<long> Choose(int count, bool bySteps)
    {
        var scores = BestSteps();
        if (bySteps)
            return Keep(scores, count);
        var all = Math.Max(1e-9, _taskWeights.Sum());
        var allSteps = Math.Max(1e-9, _stepWeights.Sum());
        foreach (var key in scores.Keys)
            scores[key] *= RecallScorer.StepWeight / allSteps;
        foreach (var (key, (held, tagged)) in _tasks)
            CollectionsMarshal.GetValueRefOrAddDefault(scores, key, out _) += (StepScorer.Own(held, _taskWeights) / all) + (tags == 0 ? 0 : RecallScorer.ContextWeight * tagged / tags);
        return Keep(scores, count);
    }

    private Dictionary<long, double> BestSteps()
    {
        var best = new Dictionary<long, double>();
        foreach (var (key, held) in _steps)
        {
            ref var score = ref CollectionsMarshal.GetValueRefOrAddDefault(best, StepKey.Episode(key), out _);
            score = Math.Max(score, StepScorer.Own(held, _stepWeights));
        }

        return best;
    }

    private List<long> Keep(Dictionary<long, double> scores, int count)
    {
        var chosen = scores.OrderByDescending(pair => pair.Value).ThenByDescending(pair => pair.Key).Take(count).Select(pair => pair.Key).ToList();
        foreach (var key in chosen)
            _stepsOf[key] = [];
        foreach (var (key, held) in _steps)
        {
            if (_stepsOf.TryGetValue(StepKey.Episode(key), out var steps))
                steps.Add(new(StepKey.Ordinal(key), held));
        }

        foreach (var steps in _stepsOf.Values)
            steps.Sort(static (a, b) => a.Ordinal.CompareTo(b.Ordinal));
        return chosen;
    }
}
