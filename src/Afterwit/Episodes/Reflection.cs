namespace Afterwit;

/// <summary>One thing that can be said of a run, with the steps that show it.</summary>
/// <param name="Text">In a sentence.</param>
/// <param name="Steps">The ordinals of the steps that show it.</param>
public sealed record ReflectionNote(string Text, IReadOnlyList<int> Steps);

/// <summary>What can be said of a run in hindsight. Each note cites its steps; none is made without one.</summary>
/// <param name="Worked">What helped.</param>
/// <param name="Failed">What cost time or went wrong.</param>
/// <param name="Lessons">What to do differently.</param>
public sealed record Reflection(IReadOnlyList<ReflectionNote> Worked, IReadOnlyList<ReflectionNote> Failed, IReadOnlyList<ReflectionNote> Lessons)
{
    private const int NotesOfAKind = 5;

    /// <summary>Reflects on a finished run by its own steps: errors and what followed them, repeats that changed nothing, what the last clean stretch did.</summary>
    public static Reflection On(Outcome outcome, IReadOnlyList<Step> steps)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        ArgumentNullException.ThrowIfNull(steps);
        List<ReflectionNote> worked = [], failed = [], lessons = [];
        var actions = steps.Where(s => s.IsAction).ToList();
        var seen = new Dictionary<(string?, string?), int>();
        for (var i = 0; i < actions.Count; i++)
        {
            var step = actions[i];
            if (!seen.TryAdd((step.Tool, step.Arguments), step.Ordinal) && failed.Count < NotesOfAKind)
                failed.Add(new($"{step.Tool} was called again with the same arguments", [seen[(step.Tool, step.Arguments)], step.Ordinal]));
            if (!step.IsError)
                continue;
            var fixedBy = actions.FindIndex(i + 1, s => s.Tool == step.Tool && !s.IsError);
            if (failed.Count < NotesOfAKind)
                failed.Add(new($"{step.Tool} failed: {step.ErrorClass ?? "error"}", [step.Ordinal]));
            if (fixedBy < 0 || lessons.Count >= NotesOfAKind)
                continue;
            var between = actions[(i + 1)..fixedBy].Where(s => !s.IsError).ToList();
            lessons.Add(between.Count > 0
                ? new($"after '{step.ErrorClass ?? "error"}' from {step.Tool}, {string.Join(", ", between.Select(s => s.Tool).Distinct())} led to a call that worked", [step.Ordinal, .. between.Select(s => s.Ordinal), actions[fixedBy].Ordinal])
                : new($"after '{step.ErrorClass ?? "error"}' from {step.Tool}, changed arguments worked", [step.Ordinal, actions[fixedBy].Ordinal]));
        }

        var lastError = actions.FindLastIndex(s => s.IsError);
        var clean = actions[(lastError + 1)..];
        if (outcome.Verdict == true && clean.Count > 0)
            worked.Add(new($"{string.Join(", ", clean.Select(s => s.Tool).Distinct())} led to the end without an error", [.. clean.Select(s => s.Ordinal)]));
        if (outcome.Verdict == false && actions.Count > 0)
            failed.Add(new($"the run ended with {actions[^1].Tool} and did not reach its goal", [actions[^1].Ordinal]));
        return new(worked, failed, lessons);
    }
}
