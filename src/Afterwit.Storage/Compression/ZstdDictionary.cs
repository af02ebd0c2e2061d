using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Afterwit.Storage;

/// <summary>What payloads of a kind have in common, learned from some of them: short payloads that start from it get much smaller.</summary>
internal sealed class ZstdDictionary(int id, PayloadKind kind, byte[] content) : IDisposable
{
    /// <summary>libzstd makes none that is smaller.</summary>
    private const int SmallestDictionary = 256;

    private readonly ConcurrentDictionary<int, ZstdCompressDictionary> _byLevel = new();
    private readonly Lazy<ZstdDecompressDictionary> _forReading = new(() => Checked(new ZstdDecompressDictionary(content), id));
    private long _payloads;
    private long _rawBytes;
    private long _storedBytes;

    /// <summary>Its number in the store, which the header of each payload written with it carries.</summary>
    public int Id => id;

    /// <summary>What it was trained on.</summary>
    public PayloadKind Kind => kind;

    /// <summary>Ready for writing at a level; made at the first use.</summary>
    public ZstdCompressDictionary ForWriting(int level) =>
        _byLevel.TryGetValue(level, out var ready) ? ready : _byLevel.GetOrAdd(level, level => Checked(new ZstdCompressDictionary(content, level), id));

    /// <summary>Ready for reading; made at the first use.</summary>
    public ZstdDecompressDictionary ForReading => _forReading.Value;

    /// <summary>Notes a payload written with it.</summary>
    public void Count(int raw, int stored)
    {
        Interlocked.Increment(ref _payloads);
        Interlocked.Add(ref _rawBytes, raw);
        Interlocked.Add(ref _storedBytes, stored);
    }

    /// <summary>What was written with it so far.</summary>
    public DictionaryCounts Counts(bool current) => new(id, kind, current, Interlocked.Read(ref _payloads), Interlocked.Read(ref _rawBytes), Interlocked.Read(ref _storedBytes));

    public void Dispose()
    {
        foreach (var ready in _byLevel.Values)
            ready.Dispose();
        if (_forReading.IsValueCreated)
            _forReading.Value.Dispose();
    }

    /// <summary>Learns a dictionary from payloads as they are before compression.</summary>
    /// <param name="samples">Some hundred or thousand of them, of one kind, spread over the store.</param>
    /// <param name="maxBytes">The largest dictionary to make; it takes a quarter of the samples at most.</param>
    /// <returns>Null when libzstd finds the samples too few or too small to learn from, or is not there.</returns>
    public static unsafe byte[]? Train(IReadOnlyList<ReadOnlyMemory<byte>> samples, int maxBytes = 112 * 1024)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, SmallestDictionary);
        if (CodecLibraries.System.Zstd == 0)
            return null;
        var joined = new byte[samples.Sum(sample => (long)sample.Length)];
        var sizes = new nuint[samples.Count];
        var position = 0;
        for (var i = 0; i < samples.Count; i++)
        {
            samples[i].Span.CopyTo(joined.AsSpan(position));
            sizes[i] = (nuint)samples[i].Length;
            position += samples[i].Length;
        }

        // A larger one would hold the samples themselves rather than what they share.
        var capacity = Math.Max(SmallestDictionary, Math.Min(maxBytes, joined.Length / 4));
        var dictionary = new byte[capacity];
        fixed (byte* into = dictionary, from = joined)
        fixed (nuint* lengths = sizes)
        {
            var made = NativeCodecs.ZDICT_trainFromBuffer(into, (nuint)capacity, from, lengths, (uint)sizes.Length);
            return NativeCodecs.ZstdError(made) is null ? dictionary[..(int)made] : null;
        }
    }

    private static T Checked<T>(T ready, int id) where T : SafeHandle =>
        ready.IsInvalid ? throw new DatabaseException($"The compression dictionary {id} of this database is damaged. Restore a backup.") : ready;
}
