namespace Afterwit.Cli.Demo;

/// <summary>What `demo --json` prints.</summary>
/// <param name="Without">Round 2 without a memory, over all seeds.</param>
/// <param name="With">The same questions with the memory of round 1.</param>
/// <param name="Lessons">What was learned, summed over the memories of all seeds.</param>
/// <param name="Learning">Round 1, over all seeds.</param>
/// <param name="Seeds">How many seeds.</param>
/// <param name="Recall">False when the arm with a memory was not allowed to ask it.</param>
/// <param name="PerSeed">The same numbers by seed.</param>
/// <param name="Seconds">How long it all took.</param>
/// <param name="Kept">Where the memory of the first seed is. Null when it was deleted.</param>
internal sealed record DemoJson(
    Tally Without, Tally With, IReadOnlyList<Lesson> Lessons, Tally Learning, int Seeds, bool Recall, IReadOnlyList<SeedResult> PerSeed, double Seconds, string? Kept)
{
    public static DemoJson Of(Result result, bool recall, string? kept) =>
        new(result.Without, result.With, result.Lessons, result.Learning, result.Seeds.Count, recall, result.Seeds, Math.Round(result.Took.TotalSeconds, 3), kept);
}
