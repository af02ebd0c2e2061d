using System.Globalization;
using System.Text;

namespace Afterwit;

/// <summary>
/// Writes values one behind the other so that different values never give the same text: a text goes with its length, a list with its count, and what is missing is not what is
/// empty. For the texts of keys; nothing is read back.
/// </summary>
public sealed class KeyText
{
    private readonly StringBuilder _text = new();

    /// <summary>Adds a text, as it is.</summary>
    public KeyText Add(string? value)
    {
        if (value is null)
            return Missing();
        Add((long)value.Length);
        _text.Append(value);
        return this;
    }

    /// <summary>Adds a number; for flags and enumerations, too.</summary>
    public KeyText Add(long? value)
    {
        if (value is not { } number)
            return Missing();
        _text.Append(CultureInfo.InvariantCulture, $"{number};");
        return this;
    }

    /// <summary>Adds a moment, to the tick.</summary>
    public KeyText Add(DateTimeOffset? value) => Add(value?.UtcTicks);

    /// <summary>Adds texts, in their order.</summary>
    public KeyText Add(IReadOnlyCollection<string> values) => AddAll(values, static (text, value) => text.Add(value));

    /// <summary>Adds numbers, in their order.</summary>
    public KeyText Add(IReadOnlyCollection<long> values) => AddAll(values, static (text, value) => text.Add(value));

    /// <summary>Adds ids, in their order.</summary>
    public KeyText Add(IReadOnlyCollection<EpisodeId> values) => AddAll(values, static (text, value) => text._text.Append(CultureInfo.InvariantCulture, $"{value.Value:N}"));

    /// <summary>Adds a vector, to the last bit.</summary>
    public KeyText Add(ReadOnlyMemory<float> vector) => Add(Convert.ToBase64String(System.Runtime.InteropServices.MemoryMarshal.AsBytes(vector.Span)));

    /// <summary>Adds every value of a scope.</summary>
    public KeyText Add(Scope scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        return Add(scope.Project).Add(scope.Agent).Add(scope.User).Add(scope.Run);
    }

    /// <summary>Adds every value of a context.</summary>
    public KeyText Add(EpisodeContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Add(context.Domain).Add(context.Language).Add(context.Framework).Add(context.Complexity).Add(context.Tags);
    }

    /// <summary>What was added so far.</summary>
    public override string ToString() => _text.ToString();

    private KeyText AddAll<T>(IReadOnlyCollection<T> values, Action<KeyText, T> add)
    {
        ArgumentNullException.ThrowIfNull(values);
        Add((long)values.Count);
        foreach (var value in values)
            add(this, value);
        return this;
    }

    private KeyText Missing()
    {
        _text.Append('~'); // no number begins so
        return this;
    }
}
