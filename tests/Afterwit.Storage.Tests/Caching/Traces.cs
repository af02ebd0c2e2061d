namespace Afterwit.Storage.Tests;

/// <summary>Made-up accesses, each of a kind that some policy is bad at.</summary>
internal static class Traces
{
    public static IReadOnlyDictionary<string, int[]> All { get; } = Make();

    private static Dictionary<string, int[]> Make()
    {
        var random = new Random(7);
        var zipf = Zipf(20_000, 0.9, random);
        var flat = Zipf(50_000, 0.7, random);
        return new()
        {
            ["recency, near"] = Recency(50_000, 300, 0.1, 0),
            ["recency, far"] = Recency(50_000, 800, 0.15, 0),
            ["recency, short"] = Recency(20_000, 500, 0.12, 0),
            ["working set that moves"] = [.. Enumerable.Range(0, 50_000).Select(i => (i / 10) + random.Next(600))],
            ["large working set that moves"] = [.. Enumerable.Range(0, 50_000).Select(i => (i / 8) + random.Next(1_500))],
            ["random walk"] = Walk(50_000, 300),
            ["files read in parts"] = Files(60_000),
            ["log and records"] = Log(60_000),
            ["loop of 550"] = Loop(20_000, 550, 0),
            ["loop of 1100"] = Loop(30_000, 1_100, 0),
            ["loop of 2200"] = Loop(40_000, 2_200, 0),
            ["popularity"] = [.. Enumerable.Range(0, 60_000).Select(_ => zipf())],
            ["flat popularity"] = [.. Enumerable.Range(0, 60_000).Select(_ => flat())],
            ["popularity with scans"] = [.. Enumerable.Range(0, 60_000).Select(i => i % 5_000 < 3_000 ? zipf() : 100_000 + i)],
            ["phases"] = [.. Recency(15_000, 300, 0.1, 1_000_000), .. Loop(15_000, 1_100, 2_000_000), .. Enumerable.Range(0, 15_000).Select(_ => zipf()), .. Recency(15_000, 800, 0.1, 3_000_000), .. Loop(15_000, 2_200, 4_000_000)],
            ["popularity that shifts"] = [.. Enumerable.Range(0, 60_000).Select(i => zipf() + (i / 30))],
            ["popularity that drifts"] = Drift(60_000),
            ["recency and loops in turn"] = [.. Enumerable.Range(0, 3).SelectMany(_ => (int[])[.. Recency(10_000, 800, 0.1, 1_000_000), .. Loop(10_000, 2_200, 2_000_000)])],
        };

        int[] Drift(int count)
        {
            var places = Enumerable.Range(0, 20_000).ToArray();
            return [.. Enumerable.Range(0, count).Select(i =>
            {
                var (hot, any) = (random.Next(1_000), random.Next(places.Length));
                if (i % 10 == 0)
                    (places[hot], places[any]) = (places[any], places[hot]);
                return places[zipf()];
            })];
        }

        int[] Recency(int count, double mean, double fresh, int from)
        {
            var (stack, next) = (new List<int>(), from);
            return [.. Enumerable.Range(0, count).Select(_ =>
            {
                var depth = (int)(-mean * Math.Log(1 - random.NextDouble()));
                var key = random.NextDouble() < fresh || depth >= stack.Count ? next++ : stack[^(depth + 1)];
                stack.Remove(key);
                stack.Add(key);
                if (stack.Count > 5_000)
                    stack.RemoveAt(0);
                return key;
            })];
        }

        int[] Walk(int count, double spread)
        {
            var at = 1e6;
            double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            return [.. Enumerable.Range(0, count).Select(_ => (int)((at += 2 * Normal()) + (spread * Normal())))];
        }

        int[] Files(int count)
        {
            var (keys, open) = (new List<int>(), new List<(int At, int Length)>());
            while (keys.Count < count)
            {
                if (open.Count == 0 || random.Next(50) == 0)
                    open.Add((random.Next(3_000) * 64, random.Next(8, 64)));
                if (open.Count > 25)
                    open.RemoveAt(0);
                var (at, length) = open[(int)(open.Count * Math.Sqrt(random.NextDouble()))];
                keys.AddRange(Enumerable.Range(random.Next(length), random.Next(1, 10)).Select(i => at + (i % length)));
            }

            return [.. keys];
        }

        int[] Log(int count)
        {
            var (keys, log) = (new List<int> { 0 }, 1_000_000);
            while (keys.Count < count)
            {
                var kind = random.NextDouble();
                keys.Add(kind < 0.4 ? zipf() : kind < 0.6 ? log++ : keys[^Math.Min(keys.Count, 1 + (int)(-400 * Math.Log(1 - random.NextDouble())))]);
            }

            return [.. keys];
        }
    }

    private static int[] Loop(int count, int length, int from) => [.. Enumerable.Range(0, count).Select(i => from + (i % length))];

    private static Func<int> Zipf(int keys, double exponent, Random random)
    {
        var sums = new double[keys];
        for (var i = 0; i < keys; i++)
            sums[i] = (i == 0 ? 0 : sums[i - 1]) + Math.Pow(i + 1, -exponent);
        return () => Array.BinarySearch(sums, random.NextDouble() * sums[^1]) is var found && found < 0 ? ~found : found;
    }
}
