using System.Buffers;
using System.Text;

namespace Afterwit.Storage;

/// <summary>What no query reads of the head of a finished episode: it is kept in a pack.</summary>
/// <param name="Summary">The summary of the outcome.</param>
/// <param name="RewardParts">The components of the reward, as JSON.</param>
/// <param name="Reflection">The reflection, as JSON.</param>
internal readonly record struct PackedHead(string? Summary, string? RewardParts, string? Reflection);

/// <summary>
/// A run of steps of a finished episode as one record. One byte for the version and one that says which texts of the head are there; those texts; the number of steps; then of each
/// step its <see cref="StepFields"/> and those that are there of: speaker, text, tool, arguments, observation, error class, latency, tokens, time. Numbers are varints (signed ones zigzag), a text is its length in bytes and UTF-8, a time is the
/// difference to the one before it, in milliseconds.
/// </summary>
internal static class StepPack
{
    /// <summary>The most steps of a pack: so much is read and decoded for a single step.</summary>
    public const int MaxSteps = 256;

    /// <summary>A pack ends before the step that would bring it over so many bytes: a longer one is alone in its pack, which is hardly larger than the step is by itself.</summary>
    public const int MaxBytes = 256 << 10;

    /// <summary>The first byte.</summary>
    public const byte Version = 1;

    /// <summary>
    /// The packs of an episode, each with the ordinal of its first step. None when there is nothing to keep. The texts of the head are in the first, or, where they would make that one
    /// too large, in a last one without steps behind all others.
    /// </summary>
    public static IEnumerable<(int First, byte[] Record)> Of(PackedHead head, IReadOnlyList<Step> steps)
    {
        if (head != default && steps.Count is > 0 and < StepKey.MaxSteps && SizeOf(head) + SizeOf(steps[0]) > MaxBytes)
        {
            yield return (steps.Count, Write(head, steps, steps.Count, out _));
            head = default;
        }

        if (steps.Count == 0 && head != default)
            yield return (0, Write(head, [], 0, out _));
        for (var (first, next) = (0, 0); first < steps.Count; first = next)
            yield return (first, Write(first == 0 ? head : default, steps, first, out next));
    }

    private static long SizeOf(PackedHead head) => SizeOf(head.Summary, head.RewardParts, head.Reflection);

    private static long SizeOf(Step step) => SizeOf(step.Speaker, step.Text, step.Tool, step.Arguments, step.Observation, step.ErrorClass);

    private static long SizeOf(params ReadOnlySpan<string?> texts)
    {
        var bytes = 0L;
        foreach (var text in texts)
            bytes += text is null ? 0 : Encoding.UTF8.GetByteCount(text);
        return bytes;
    }

    private static byte[] Write(PackedHead head, IReadOnlyList<Step> steps, int first, out int next)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        var at = 0L;
        for (next = first; next < steps.Count && next - first < MaxSteps && (next == first || body.WrittenCount + SizeOf(steps[next]) <= MaxBytes); next++)
            Write(body, steps[next], ref at);

        var start = new ArrayBufferWriter<byte>(256);
        string?[] texts = [head.Summary, head.RewardParts, head.Reflection];
        start.Write([Version, (byte)((texts[0] is null ? 0 : 1) | (texts[1] is null ? 0 : 2) | (texts[2] is null ? 0 : 4))]);
        foreach (var text in texts)
            Write(start, text);
        Write(start, (ulong)(next - first));
        return [.. start.WrittenSpan, .. body.WrittenSpan];
    }

    private static void Write(ArrayBufferWriter<byte> to, Step step, ref long at)
    {
        var fields = Mark(StepFields.ToolCall, step.Kind == StepKind.ToolCall) | Mark(StepFields.IsError, step.IsError) | Mark(StepFields.FromMemory, step.FromMemory)
            | Mark(StepFields.Speaker, step.Speaker is not null) | Mark(StepFields.Text, step.Text is not null) | Mark(StepFields.Tool, step.Tool is not null)
            | Mark(StepFields.Arguments, step.Arguments is not null) | Mark(StepFields.Observation, step.Observation is not null) | Mark(StepFields.ErrorClass, step.ErrorClass is not null)
            | Mark(StepFields.Latency, step.Latency is not null) | Mark(StepFields.Tokens, step.Tokens is not null) | Mark(StepFields.At, step.At is not null);
        Write(to, (ulong)fields);
        foreach (var text in (ReadOnlySpan<string?>)[step.Speaker, step.Text, step.Tool, step.Arguments, step.Observation, step.ErrorClass])
            Write(to, text);
        if (step.Latency is { } latency)
            WriteSigned(to, (long)latency.TotalMilliseconds);
        if (step.Tokens is { } tokens)
            WriteSigned(to, tokens);
        if (step.At?.ToUnixTimeMilliseconds() is { } time)
        {
            WriteSigned(to, time - at);
            at = time;
        }
    }

    private static StepFields Mark(StepFields field, bool isThere) => isThere ? field : StepFields.None;

    private static void Write(ArrayBufferWriter<byte> to, string? text)
    {
        if (text is null)
            return;
        var length = Encoding.UTF8.GetByteCount(text);
        Write(to, (ulong)length);
        to.Advance(Encoding.UTF8.GetBytes(text, to.GetSpan(length)));
    }

    private static void WriteSigned(ArrayBufferWriter<byte> to, long value) => Write(to, (ulong)((value << 1) ^ (value >> 63)));

    private static void Write(ArrayBufferWriter<byte> to, ulong value)
    {
        var bytes = to.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
            bytes[length++] = (byte)(value | 0x80);
        bytes[length++] = (byte)value;
        to.Advance(length);
    }
}

/// <summary>What a step is and which of its fields follow, the texts first. The numbers are stored: never renumber.</summary>
[Flags]
internal enum StepFields
{
    None = 0,
    ToolCall = 1,
    IsError = 1 << 1,
    FromMemory = 1 << 2,
    Tool = 1 << 3,
    Arguments = 1 << 4,
    Observation = 1 << 5,
    At = 1 << 6,
    Text = 1 << 7,
    Speaker = 1 << 8,
    ErrorClass = 1 << 9,
    Latency = 1 << 10,
    Tokens = 1 << 11,

    All = (1 << 12) - 1,
}
