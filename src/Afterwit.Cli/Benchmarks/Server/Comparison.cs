namespace Afterwit.Cli.Benchmarks;

/// <summary>
/// Several ways to do the same work, in turn and in small blocks, so that a slow moment of the machine meets all of them. The first block of each is thrown away;
/// a ratio is the median of the ratios of blocks that ran in the same round.
/// </summary>
internal sealed class Comparison(string name, int rounds)
{
    public const string Suite = "server";

    private readonly List<(string Name, Func<Task<Block?>> Run)> _sides = [];
    private readonly Dictionary<string, List<Block>> _blocks = [];

    /// <summary>Adds a side. One that gives no block is left out from then on.</summary>
    public Comparison Add(string side, Func<Task<Block?>> run)
    {
        _sides.Add((side, run));
        return this;
    }

    public Comparison Add(string side, int ops, int callers, Func<int, Task> operation, Func<long>? roundTrips = null) =>
        Add(side, async () => await Block.MeasureAsync(ops, callers, operation, roundTrips));

    public async Task<Comparison> RunAsync(CancellationToken cancellationToken)
    {
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var (side, run) in _sides.ToList())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (await run() is not { } block)
                {
                    _sides.RemoveAll(s => s.Name == side);
                    _blocks.Remove(side);
                }
                else if (round == 0)
                    _blocks[side] = [];
                else
                    _blocks[side].Add(block);
            }
        }

        return this;
    }

    /// <summary>Whether a side was measured to the end.</summary>
    public bool Has(string side) => _blocks.ContainsKey(side);

    /// <summary>A number of a side: the median of its blocks.</summary>
    public double Median(string side, Func<Block, double> number) => Median(_blocks[side].Select(number));

    /// <summary>The row of a side.</summary>
    /// <param name="side">The side.</param>
    /// <param name="ratio">What stands under ratio; null for a baseline.</param>
    /// <param name="what">What the ratio is, behind the name.</param>
    public BenchRow Row(string side, double? ratio = null, string what = "") => new(
        Suite, $"{name}: {side}{what}", _blocks[side].Sum(b => b.Ops), Median(side, b => b.P50Us), Median(side, b => b.P95Us), Median(side, b => b.P99Us),
        Median(side, b => b.OpsPerS), Median(side, b => b.RoundTrips), Median(side, b => b.AllocatedBytes), ratio);

    /// <summary>The rows of a baseline and of a side next to it. None where the baseline was not measured.</summary>
    public IEnumerable<BenchRow> Rows(string side, string baseline, Ratio ratio)
    {
        if (!Has(baseline))
            yield break;
        yield return Row(baseline);
        yield return Row(side, Median(_blocks[side].Zip(_blocks[baseline], ratio.Of)), $", {ratio.Name} {baseline}");
    }

    private static double Median(IEnumerable<double> numbers)
    {
        var sorted = numbers.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}

/// <summary>What is compared of a block and of its baseline's.</summary>
internal sealed record Ratio(string Name, Func<Block, Block, double> Of)
{
    public static Ratio Time { get; } = new("its time over", (ours, theirs) => ours.P50Us / theirs.P50Us);

    public static Ratio Speed { get; } = new("times faster than", (ours, theirs) => theirs.P50Us / ours.P50Us);

    public static Ratio Rate { get; } = new("its rate over", (ours, theirs) => ours.OpsPerS / theirs.OpsPerS);
}
