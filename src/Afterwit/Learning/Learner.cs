using System.Runtime.InteropServices;

namespace Afterwit;

/// <summary>Says what a finished episode teaches. A pure function: the same episode always gives the same observations, so that they can be taken back.</summary>
public static class Learner
{
    /// <summary>The action that means that the run ended. A tool of that name is written <c>\END</c>.</summary>
    public const string End = "END";

    /// <summary>No episode gives more observations: a run without end must not fill the store. The first ones count.</summary>
    public const int MaxObservations = 2000;

    // About what a call and a run without calls show: lists that need not grow.
    private const int MostOfCall = 12;
    private const int Few = 8;

    private const int MostTools = 32;
    private const int MostTags = 16;
    private const int MostClassified = 500;
    private const int LongestClass = ErrorClassifier.MaxLength;

    /// <summary>The patterns an episode shows, each once: what was done in each state, what followed each error, which tools followed each other, and what was used under
    /// which circumstances. Nothing for an episode whose outcome teaches neither, nor for a note, and nothing from a step that came out of the memory.</summary>
    /// <param name="episode">A finished episode with all its steps.</param>
    /// <returns>At most <see cref="MaxObservations"/>; see docs/learning.md for their conditions.</returns>
    public static IReadOnlyList<PatternObservation> Observe(Episode episode)
    {
        ArgumentNullException.ThrowIfNull(episode);
        if (episode.Outcome?.Verdict is not { } success || Notes.IsNote(episode))
            return [];
        var calls = Calls(episode.Steps);
        var lessons = new Lessons(episode.Context.Domain, success, Math.Min(MaxObservations, Few + (MostOfCall * calls.Count)));
        ObserveContext(episode, calls, lessons);
        ToolSequences.Observe(calls, lessons);
        ObserveSteps(calls, lessons);
        return lessons.Observations;
    }

    /// <summary>The tool calls that something can be learned from, with the names and classes that patterns use.</summary>
    internal static List<Call> Calls(IReadOnlyList<Step> steps)
    {
        var calls = new List<Call>();
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var classes = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < steps.Count; i++)
        {
            var step = steps[i];
            if (!step.IsAction)
                continue;
            ref var name = ref CollectionsMarshal.GetValueRefOrAddDefault(names, step.Tool ?? "", out _);
            name ??= ToolNames.Action(step.Tool);
            calls.Add(new(name, step.IsError ? ClassOf(step, classes) : null, step.Ordinal >= 0 ? step.Ordinal : i, step));
        }

        return calls;
    }

    // Naming the class of a long text takes up to a millisecond: of 100,000 different errors in one run only so many are named.
    private static string ClassOf(Step step, Dictionary<string, string> classes)
    {
        if (!string.IsNullOrWhiteSpace(step.ErrorClass))
            return TextRules.Excerpt(step.ErrorClass, LongestClass);
        var text = ErrorText.Head(step.Observation);
        if (!classes.TryGetValue(text, out var named))
        {
            if (classes.Count >= MostClassified)
                return "other";
            classes.Add(text, named = ErrorClassifier.Classify(text));
        }

        return named;
    }

    private static void ObserveContext(Episode episode, List<Call> calls, Lessons lessons)
    {
        var last = episode.Steps.Count - 1;
        while (last >= 0 && episode.Steps[last].FromMemory)
            last--;
        var end = last < 0 ? 0 : episode.Steps[last].Ordinal >= 0 ? episode.Steps[last].Ordinal : last;
        lessons.Add(PatternKind.Context, Conditions.Always, ToolNames.Any, false, end);
        if (last >= 0)
            lessons.Add(PatternKind.Context, Conditions.Ends, episode.Steps[last].Kind == StepKind.Message ? Conditions.EndsWithMessage : Conditions.EndsWithTool, false, end);
        var tags = episode.Context.Tags.Take(MostTags).Select(Conditions.OfTag).ToList();
        foreach (var tag in tags)
            lessons.Add(PatternKind.Context, tag, ToolNames.Any, false, end);
        var firsts = new Dictionary<string, (int Step, bool Failed)>(StringComparer.Ordinal);
        foreach (var call in calls)
        {
            if (firsts.TryGetValue(call.Tool, out var first))
                firsts[call.Tool] = (first.Step, first.Failed || call.IsError);
            else if (firsts.Count < MostTools)
                firsts.Add(call.Tool, (call.Step, call.IsError));
        }

        foreach (var (tool, (step, failed)) in firsts)
        {
            lessons.Add(PatternKind.Context, Conditions.Always, tool, failed, step);
            foreach (var tag in tags)
                lessons.Add(PatternKind.Context, tag, tool, failed, step);
        }
    }

    private static void ObserveSteps(List<Call> calls, Lessons lessons)
    {
        var tools = calls.ConvertAll(c => c.Tool);
        var used = new SortedSet<string>(StringComparer.Ordinal);
        for (var i = 0; i <= calls.Count; i++)
        {
            var previous = i > 0 ? calls[i - 1] : null;
            var next = i < calls.Count ? calls[i] : null;
            var action = next?.Tool ?? End;
            var step = next?.Step ?? previous?.Step ?? 0;
            var failed = next?.IsError == true;
            var states = Conditions.OfDecision(CollectionsMarshal.AsSpan(tools)[Math.Max(0, i - 3)..i], previous?.IsError == true);
            foreach (var state in states)
                lessons.Add(PatternKind.DecisionPoint, state, action, failed, step);
            if (next is { ErrorClass: { } error })
            {
                lessons.Add(PatternKind.Context, Conditions.OfErrorClass(error), next.Tool, true, step);
                lessons.Add(PatternKind.Context, Conditions.FailuresAfter(states[Math.Min(2, states.Count - 1)]), Conditions.Failure(next.Tool, error), true, step);
            }

            if (previous is not null)
                used.Add(previous.Tool);
            if (next is null || previous?.ErrorClass is not { } mended)
                continue;
            foreach (var state in Conditions.OfRecovery(previous.Tool, mended, used))
                lessons.Add(PatternKind.ErrorRecovery, state, next.Tool, failed, step);
        }
    }

    /// <summary>A tool call as patterns name it.</summary>
    /// <param name="Tool">The tool as an action.</param>
    /// <param name="ErrorClass">Null when it was answered without an error.</param>
    /// <param name="Step">The ordinal.</param>
    /// <param name="Source">The step.</param>
    internal sealed record Call(string Tool, string? ErrorClass, int Step, Step Source)
    {
        public bool IsError => ErrorClass is not null;
    }

    /// <summary>Observations in the making: each pattern once, a failed showing outweighs the others.</summary>
    /// <param name="domain">The field of work.</param>
    /// <param name="success">How the episode ended.</param>
    /// <param name="expected">About how many there will be.</param>
    internal sealed class Lessons(string? domain, bool success, int expected)
    {
        private readonly Dictionary<(PatternKind, string, string), int> _places = new(expected);
        private readonly List<PatternObservation> _observations = new(expected);

        public IReadOnlyList<PatternObservation> Observations => _observations;

        public void Add(PatternKind kind, string condition, string action, bool failed, int step)
        {
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, (kind, condition, action), out var isKnown);
            if (!isKnown && _observations.Count < MaxObservations)
            {
                place = _observations.Count;
                _observations.Add(new(kind, domain, condition, action, success, failed, step));
            }
            else if (!isKnown)
            {
                _places.Remove((kind, condition, action));
            }
            else if (failed && !_observations[place].ActionFailed)
            {
                _observations[place] = _observations[place] with { ActionFailed = true };
            }
        }
    }
}
