using System.IO.Compression;
using System.Text.Json.Serialization;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>How the production cache did on a recorded trace of keys.</summary>
/// <param name="Trace">The file's name without its endings.</param>
/// <param name="Entries">The most entries of the cache.</param>
/// <param name="HitRate">Hits over lookups, 0 to 1.</param>
/// <param name="Lookups">All lookups.</param>
/// <param name="BestRate">What a cache that never gives up a valid entry would answer of them, 0 to 1; null for a trace of keys.</param>
/// <param name="NewShare">The lookups of what nobody looked up before, which no cache can answer, over all, 0 to 1; null for a trace of keys.</param>
internal sealed record HitRateRow(string Trace, int Entries, double HitRate, int Lookups,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? BestRate = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? NewShare = null);

/// <summary>Replays traces, one key a line, against <see cref="Cache{TKey,TValue}"/>: a lookup that misses is followed by a load.</summary>
internal static class TraceReplay
{
    /// <summary>The keys of a trace as numbers, equal where the lines are. Empty lines and those of a single asterisk are none.</summary>
    /// <exception cref="ArgumentException">The file is missing, damaged or holds no key.</exception>
    public static async Task<int[]> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var (numbers, keys) = (new Dictionary<string, int>(StringComparer.Ordinal), new List<int>());
        try
        {
            await using Stream file = File.OpenRead(path);
            await using var text = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
            using var reader = new StreamReader(text);
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                if (line.Trim() is not ("" or "*") and var key)
                    keys.Add(numbers.TryGetValue(key, out var number) ? number : numbers[key] = numbers.Count);
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ArgumentException($"{path}: there is no such file.", e);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new ArgumentException($"{path} is damaged or ends early: expected a text with a key a line, plain or .gz.", e);
        }

        return keys.Count > 0 ? [.. keys] : throw new ArgumentException($"{path} holds no key: expected one a line.");
    }

    /// <summary>Replays a trace against a cache of so many entries; time stands still.</summary>
    public static HitRateRow Run(string trace, IReadOnlyList<int> keys, int entries)
    {
        var cache = new Cache<int, object>(new() { MaxEntries = entries, MaxBytes = 1L << 40 }, time: new StoppedClock());
        var value = new object();
        foreach (var key in keys)
        {
            if (!cache.TryGet(key, out _))
                cache.Set(key, value, 0);
        }

        return new(trace, entries, (double)cache.Counters.Total().Hits / keys.Count, keys.Count);
    }

    /// <summary>The name of a trace: its file's without .trace, .gz and the like.</summary>
    public static string Name(string path)
    {
        var name = Path.GetFileName(path);
        foreach (var ending in (string[])[".gz", ".trace"])
            name = name.EndsWith(ending, StringComparison.OrdinalIgnoreCase) ? name[..^ending.Length] : name;
        return name;
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<HitRateRow>))]
internal sealed partial class HitRateJson : JsonSerializerContext;
