namespace Afterwit;

/// <summary>One step of a playbook.</summary>
/// <param name="Tool">The tool to use.</param>
/// <param name="Share">The share of the runs behind the playbook that used it at this place, 0 to 1.</param>
/// <param name="Example">What it was given in one of them.</param>
/// <param name="Evidence">The step it was taken from.</param>
public sealed record PlaybookStep(string Tool, double Share, string? Example, Evidence Evidence);

/// <summary>What goes wrong on this way.</summary>
/// <param name="Text">What, and how it was mended.</param>
/// <param name="Patterns">The patterns behind it.</param>
/// <param name="Evidence">Episodes that show it.</param>
public sealed record Pitfall(string Text, IReadOnlyList<PatternId> Patterns, IReadOnlyList<Evidence> Evidence);

/// <summary>A way to do a kind of task, taken from runs that did it.</summary>
/// <param name="Id">Made from the steps: the same way has the same id.</param>
/// <param name="Title">The kind of task, by its example.</param>
/// <param name="Domain">The field of work.</param>
/// <param name="Steps">In order.</param>
/// <param name="Successes">Runs like the task that succeeded.</param>
/// <param name="Failures">Runs like the task that failed.</param>
/// <param name="LowerBound">What success rate they support with 95 % confidence.</param>
/// <param name="Pitfalls">What goes wrong.</param>
/// <param name="AvoidWhen">Circumstances under which it failed.</param>
/// <param name="Evidence">The runs it was taken from.</param>
public sealed record Playbook(
    string Id, string Title, string? Domain, IReadOnlyList<PlaybookStep> Steps, int Successes, int Failures, double LowerBound,
    IReadOnlyList<Pitfall> Pitfalls, IReadOnlyList<string> AvoidWhen, IReadOnlyList<Evidence> Evidence);
