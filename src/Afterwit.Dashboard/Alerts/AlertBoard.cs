using Afterwit.Storage;

namespace Afterwit.Dashboard.Alerts;

/// <summary>
/// What is wrong right now. An alert is raised when its value was bad for several samples in a row and cleared when it was good for as many, so that it neither flickers nor shouts at a
/// single bad second. Not thread-safe: one caller samples.
/// </summary>
internal sealed class AlertBoard(IReadOnlyList<AlertRule> rules)
{
    /// <summary>So many samples in a row it takes to change.</summary>
    public const int Samples = 3;

    private readonly (DateTimeOffset? Since, int Streak)[] _states = new (DateTimeOffset?, int)[rules.Count];

    /// <summary>Looks at a sample.</summary>
    /// <returns>The alerts that are raised, the oldest first.</returns>
    public IReadOnlyList<Alert> Update(PulseReport pulse)
    {
        List<Alert> raised = [];
        for (var i = 0; i < rules.Count; i++)
        {
            var (rule, (since, streak)) = (rules[i], _states[i]);
            var value = rule.Value(pulse) ?? double.NegativeInfinity;
            var turns = since is null ? value >= rule.Raise : value < rule.Clear;
            streak = turns ? streak + 1 : 0;
            if (streak == Samples)
                (since, streak) = (since is null ? pulse.At : null, 0);
            _states[i] = (since, streak);
            if (since is { } at)
                raised.Add(new(rule.Name, rule.Title, rule.Explain(pulse), at));
        }

        return [.. raised.OrderBy(a => a.Since)];
    }
}

/// <summary>Something that is wrong.</summary>
/// <param name="Name">Of its rule.</param>
/// <param name="Title">What is wrong, in a few words.</param>
/// <param name="Text">What was seen and what to do.</param>
/// <param name="Since">When it was raised.</param>
internal sealed record Alert(string Name, string Title, string Text, DateTimeOffset Since);
