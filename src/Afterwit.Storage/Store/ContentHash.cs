using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Afterwit.Storage;

/// <summary>Tells whether an imported episode has changed. When it began and ended does not count: a source that does not say gets the time of its import.</summary>
internal static class ContentHash
{
    /// <summary>What is stored of an episode: nothing while it runs, since it changes with every step.</summary>
    public static long? OfFinished(Episode episode) => episode.Outcome is null ? null : Of(episode);

    public static long Of(Episode episode)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, episode.SourceId, episode.Task, episode.Scope.Project, episode.Scope.Agent, episode.Scope.User, episode.Scope.Run);
        var context = episode.Context;
        Add(hash, context.Domain, context.Language, context.Framework, context.Complexity);
        foreach (var tag in context.Tags)
            Add(hash, tag);
        foreach (var (key, value) in episode.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            Add(hash, key, value);
        Add(hash, (long)episode.Status, BitConverter.DoubleToInt64Bits(episode.Outcome?.Score ?? -1));
        Add(hash, episode.Outcome?.Summary);
        foreach (var step in episode.Steps)
        {
            Add(hash, (long)step.Kind, (step.IsError ? 1 : 0) + (step.FromMemory ? 2 : 0), step.Latency?.Ticks ?? -1, step.Tokens ?? -1, step.At?.ToUnixTimeMilliseconds() ?? -1);
            Add(hash, step.Speaker, step.Text, step.Tool, step.Arguments, step.Observation);
        }

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
