using System.Text;

namespace Afterwit.Storage;

/// <summary>Reads a <see cref="StepPack"/> step by step. A text becomes a string only when somebody asks for it.</summary>
internal ref struct StepPackReader
{
    private static readonly long EarliestTime = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long LatestTime = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
    private static readonly long LongestLatency = (long)TimeSpan.MaxValue.TotalMilliseconds;

    private ReadOnlySpan<byte> _rest;
    private int _left;
    private int _ordinal;
    private long _at;
    private StepFields _fields;
    private ReadOnlySpan<byte> _speaker, _text, _tool, _arguments, _observation, _errorClass;
    private long _latency, _tokens;

    /// <summary>Begins before the first step.</summary>
    /// <param name="record">The whole record.</param>
    /// <param name="first">The ordinal of its first step.</param>
    /// <exception cref="DatabaseException">It is damaged, or of a later release.</exception>
    public StepPackReader(ReadOnlySpan<byte> record, int first)
    {
        if (record.Length < 3)
            throw Damaged();
        if (record[0] != StepPack.Version)
            throw new DatabaseException($"A record of steps has version {record[0]}, which this release does not know: it was written by a later release (update Afterwit) or is damaged (restore a backup).");
        var texts = record[1] is var flags and < 8 ? flags : throw Damaged();
        _rest = record[2..];
        Head = new((texts & 1) == 0 ? null : Encoding.UTF8.GetString(Text()), (texts & 2) == 0 ? null : Encoding.UTF8.GetString(Text()), (texts & 4) == 0 ? null : Encoding.UTF8.GetString(Text()));
        var count = Number();
        if (count > (ulong)_rest.Length || first + (long)count > StepKey.MaxSteps)
            throw Damaged();
        _left = (int)count;
        _ordinal = first - 1;
        if (_left == 0 && !_rest.IsEmpty)
            throw Damaged();
    }

    /// <summary>The texts of the head; all null in any pack but one.</summary>
    public PackedHead Head { get; }

    /// <summary>The ordinal of the step.</summary>
    public readonly int Ordinal => _ordinal;

    /// <summary>Message or tool call.</summary>
    public readonly StepKind Kind => Has(StepFields.ToolCall) ? StepKind.ToolCall : StepKind.Message;

    /// <summary>Whether the tool answered with an error.</summary>
    public readonly bool IsError => Has(StepFields.IsError);

    /// <summary>Whether the step holds what a memory gave out.</summary>
    public readonly bool FromMemory => Has(StepFields.FromMemory);

    /// <summary>The tool's name.</summary>
    public readonly string? Tool => String(StepFields.Tool, _tool);

    /// <summary>The bytes of the observation; none when there is none.</summary>
    public readonly ReadOnlySpan<byte> ObservationUtf8 => _observation;

    /// <summary>Goes to the next step.</summary>
    /// <returns>False after the last.</returns>
    /// <exception cref="DatabaseException">The record is damaged.</exception>
    public bool Next()
    {
        if (_left == 0)
            return false;
        _left--;
        _ordinal++;
        var fields = Number();
        if (fields > (ulong)StepFields.All)
            throw Damaged();
        _fields = (StepFields)fields;
        _speaker = Has(StepFields.Speaker) ? Text() : default;
        _text = Has(StepFields.Text) ? Text() : default;
        _tool = Has(StepFields.Tool) ? Text() : default;
        _arguments = Has(StepFields.Arguments) ? Text() : default;
        _observation = Has(StepFields.Observation) ? Text() : default;
        _errorClass = Has(StepFields.ErrorClass) ? Text() : default;
        _latency = Has(StepFields.Latency) ? Signed(-LongestLatency, LongestLatency) : 0;
        _tokens = Has(StepFields.Tokens) ? Signed(int.MinValue, int.MaxValue) : 0;
        if (Has(StepFields.At))
            _at = Signed(EarliestTime - _at, LatestTime - _at) + _at;
        if (_left == 0 && !_rest.IsEmpty)
            throw Damaged();
        return true;
    }

    /// <summary>The step as an object.</summary>
    public readonly Step ToStep() => new()
    {
        Ordinal = _ordinal,
        Kind = Kind,
        Speaker = String(StepFields.Speaker, _speaker),
        Text = String(StepFields.Text, _text),
        Tool = Tool,
        Arguments = String(StepFields.Arguments, _arguments),
        Observation = String(StepFields.Observation, _observation),
        IsError = IsError,
        ErrorClass = String(StepFields.ErrorClass, _errorClass),
        Latency = Has(StepFields.Latency) ? TimeSpan.FromMilliseconds(_latency) : null,
        Tokens = Has(StepFields.Tokens) ? (int)_tokens : null,
        At = Has(StepFields.At) ? DateTimeOffset.FromUnixTimeMilliseconds(_at) : null,
        FromMemory = FromMemory,
    };

    private static DatabaseException Damaged() => new("A record of steps is damaged. Restore a backup.");

    private readonly bool Has(StepFields field) => (_fields & field) != StepFields.None;

    private readonly string? String(StepFields field, ReadOnlySpan<byte> utf8) => Has(field) ? Encoding.UTF8.GetString(utf8) : null;

    private ReadOnlySpan<byte> Text()
    {
        var length = Number();
        if (length > (ulong)_rest.Length)
            throw Damaged();
        var text = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return text;
    }

    private long Signed(long least, long most)
    {
        var zigzag = Number();
        var value = (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
        return value >= least && value <= most ? value : throw Damaged();
    }

    private ulong Number()
    {
        var value = 0UL;
        for (var i = 0; i < _rest.Length && i < 10; i++)
        {
            value |= (ulong)(_rest[i] & 0x7F) << (7 * i);
            if (_rest[i] >= 0x80)
                continue;
            _rest = _rest[(i + 1)..];
            return value;
        }

        throw Damaged();
    }
}
