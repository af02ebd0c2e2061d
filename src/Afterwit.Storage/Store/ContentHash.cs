using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Afterwit.Storage;

/// <summary>
/// Tells whether an imported episode has changed, and whether one that ends is what its caller saw. Of an imported one it does not count when it began and ended: a source that does not
/// say gets the time of its import.
/// </summary>
internal static class ContentHash
{
    /// <summary>A mask for ordinals. Each step counts with a weight of 1 to 1,024 by its ordinal, so that a changed order shows; with 32 bits for each of 2^20 steps the sum fits a column.</summary>
    public const long StepWeights = (1 << 10) - 1;

    /// <summary>What is stored of a whole episode: of one that runs only its head, since its steps grow.</summary>
    public static long Stored(Episode episode) => episode.Outcome is null ? OfHead(episode) : Of(episode);

    /// <summary>What is known of a finished episode; one that runs is never known.</summary>
    public static long? OfFinished(Episode episode) => episode.Outcome is null ? null : Of(episode);

    public static long Of(Episode episode)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AddHead(hash, episode, episode.Context.Tags);
        Add(hash, (long)episode.Status, BitConverter.DoubleToInt64Bits(episode.Outcome?.Score ?? -1));
        Add(hash, episode.Outcome?.Summary);
        foreach (var step in episode.Steps)
        {
            Add(hash, (long)step.Kind, (step.IsError ? 1 : 0) + (step.FromMemory ? 2 : 0), step.Latency?.Ticks ?? -1, step.Tokens ?? -1, step.At?.ToUnixTimeMilliseconds() ?? -1);
            Add(hash, step.Speaker, step.Text, step.Tool, step.Arguments, step.Observation);
        }

        return Result(hash);
    }

    /// <summary>All that stays while an episode runs. It is never that of a whole episode.</summary>
    public static long OfHead(Episode episode)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, "head");
        Add(hash, episode.StartedAt.ToUnixTimeMilliseconds());
        AddHead(hash, episode, [.. episode.Context.Tags.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]); // the store keeps no order of them
        return Result(hash);
    }

    /// <summary>All of a step but its ordinal, in 32 bits.</summary>
    public static long OfStep(Step step)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, (long)step.Kind, (step.IsError ? 1 : 0) + (step.FromMemory ? 2 : 0) + (step.Latency is null ? 4 : 0) + (step.Tokens is null ? 8 : 0) + (step.At is null ? 16 : 0));
        Add(hash, (long)(step.Latency?.TotalMilliseconds ?? 0), step.Tokens ?? 0, step.At?.ToUnixTimeMilliseconds() ?? 0);
        Add(hash, step.Speaker, step.Text, step.Tool, step.Arguments, step.Observation, step.ErrorClass);
        return Result(hash) & uint.MaxValue;
    }

    /// <summary>The weighted sum of <see cref="OfStep"/>.</summary>
    public static long OfSteps(IReadOnlyList<Step> steps) => steps.Select((step, ordinal) => OfStep(step) * ((ordinal & StepWeights) + 1)).Sum();

    private static void AddHead(IncrementalHash hash, Episode episode, IReadOnlyList<string> tags)
    {
        Add(hash, episode.SourceId, episode.Task, episode.Scope.Project, episode.Scope.Agent, episode.Scope.User, episode.Scope.Run);
        var context = episode.Context;
        Add(hash, context.Domain, context.Language, context.Framework, context.Complexity);
        foreach (var tag in tags)
            Add(hash, tag);
        foreach (var (key, value) in episode.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            Add(hash, key, value);
    }

    private static long Result(IncrementalHash hash)
    {
        Span<byte> result = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(result);
        return BinaryPrimitives.ReadInt64BigEndian(result);
    }

    private static void Add(IncrementalHash hash, params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
        {
            // The length goes first, so that no two lists of texts give the same bytes.
            var bytes = text is null ? [] : Encoding.UTF8.GetBytes(text);
            Add(hash, text is null ? -1L : bytes.Length);
            hash.AppendData(bytes);
        }
    }

    private static void Add(IncrementalHash hash, params ReadOnlySpan<long> numbers)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        foreach (var number in numbers)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
            hash.AppendData(bytes);
        }
    }
}
