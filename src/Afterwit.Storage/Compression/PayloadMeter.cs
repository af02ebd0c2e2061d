using System.Diagnostics;

namespace Afterwit.Storage;

/// <summary>Counts what one codec does with payloads of one kind.</summary>
internal sealed class PayloadMeter
{
    private long _payloads;
    private long _rawBytes;
    private long _storedBytes;
    private long _encodeTicks;
    private long _decoded;
    private long _decodeTicks;

    public void Encoded(int raw, int stored, long start)
    {
        Interlocked.Increment(ref _payloads);
        Interlocked.Add(ref _rawBytes, raw);
        Interlocked.Add(ref _storedBytes, stored);
        Interlocked.Add(ref _encodeTicks, Stopwatch.GetTimestamp() - start);
    }

    public void Decoded(long start)
    {
        Interlocked.Increment(ref _decoded);
        Interlocked.Add(ref _decodeTicks, Stopwatch.GetTimestamp() - start);
    }

    public PayloadCounts Counts(PayloadKind kind, PayloadCodecKind codec) => new(
        kind, codec, Interlocked.Read(ref _payloads), Interlocked.Read(ref _rawBytes), Interlocked.Read(ref _storedBytes), Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _encodeTicks)),
        Interlocked.Read(ref _decoded), Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _decodeTicks)));
}
