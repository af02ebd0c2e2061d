using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli;

/// <summary>Options that say in one line what they take when they are given something else.</summary>
internal static class OptionKinds
{
    /// <summary>A whole number with a default.</summary>
    public static Option<int> Whole(string name, string description, int fallback, int min, int max) => new(name)
    {
        Description = $"{description} {min} to {max}.",
        HelpName = "N",
        DefaultValueFactory = _ => fallback,
        CustomParser = result => Read<int>(result, name, text => Whole(text, min, max), $"a whole number from {min} to {max}") ?? fallback,
    };

    /// <summary>A whole number that may be missing.</summary>
    public static Option<int?> WholeOrNone(string name, string description, int min) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => Read<int>(result, name, text => Whole(text, min, int.MaxValue), $"a whole number of {min} or more"),
    };

    /// <summary>A number from 0 to 1 that may be missing.</summary>
    public static Option<double?> Share(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "0..1",
        CustomParser = result => Read<double>(
            result, name, text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1 ? value : null, "a number from 0 to 1"),
    };

    /// <summary>A time that may be missing, taken for UTC when it names no zone.</summary>
    public static Option<DateTimeOffset?> Time(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result => Read<DateTimeOffset>(
            result, name, text => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null,
            "a time, such as 2026-11-20 or 2026-11-20T08:30Z"),
    };

    /// <summary>A text.</summary>
    public static Option<string?> Text(string name, string description, string helpName = "TEXT") => new(name) { Description = description, HelpName = helpName };

    /// <summary>A text that may be repeated.</summary>
    public static Option<string[]> Texts(string name, string description, string helpName) => new(name) { Description = description + " May be repeated.", HelpName = helpName };

    /// <summary>Reads KEY=VALUE.</summary>
    public static KeyValuePair<string, string> Pair(string option, string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0 ? new(text[..at], text[(at + 1)..]) : throw new ArgumentException($"{option} is '{Words.Excerpt(text, 60)}': give KEY=VALUE.");
    }

    /// <summary>Reads KEY=VALUE as often as it is given.</summary>
    public static Dictionary<string, string> Pairs(string option, string[]? texts)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in texts ?? [])
        {
            var (key, value) = Pair(option, text);
            if (!pairs.TryAdd(key, value))
                throw new ArgumentException($"{option} gives '{Words.Excerpt(key, 60)}' twice: a key has one value.");
        }

        return pairs;
    }

    private static int? Whole(string text, int min, int max) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max ? value : null;

    private static T? Read<T>(ArgumentResult result, string name, Func<string, T?> parse, string expected)
        where T : struct
    {
        var text = result.Tokens[0].Value;
        var value = parse(text);
        if (value is null)
            result.AddError($"{name} is '{Words.Excerpt(text, 40)}': give {expected}.");
        return value;
    }
}

/// <summary>Makes choices.</summary>
internal static class Choice
{
    /// <summary>Any value of an enumeration, by the name that JSON has for it.</summary>
    public static Choice<T> Among<T>()
        where T : struct, Enum => new([.. Enum.GetValues<T>().Select(value => (Names.Of(value), value))]);
}

/// <summary>One of a few words, each with its value.</summary>
internal sealed class Choice<T>(params (string Name, T Value)[] all)
{
    private IEnumerable<string> Names => all.Select(a => a.Name);

    /// <summary>The value of a word that the parser let pass.</summary>
    public T Of(string name) => Array.Find(all, a => a.Name == name).Value;

    /// <summary>The values of words with commas between them.</summary>
    public List<T> ListOf(string option, string? text)
    {
        List<T> values = [];
        foreach (var word in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            values.Add(Names.Contains(word, StringComparer.Ordinal)
                ? Of(word)
                : throw new ArgumentException($"{option} names '{Words.Excerpt(word, 40)}': allowed are {string.Join(", ", Names)}.{Nearest.Hint(word, Names)}"));
        }

        return values;
    }

    /// <summary>As an option.</summary>
    public Option<string?> Option(string name, string description, bool required = false)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = string.Join('|', Names), Required = required };
        option.Validators.Add(result => Check(result.Tokens, name, result));
        option.CompletionSources.Add([.. Names]);
        return option;
    }

    /// <summary>As an argument.</summary>
    public Argument<string> Argument(string name, string description)
    {
        var argument = new Argument<string>(name) { HelpName = name, Description = $"{description} One of {string.Join(", ", Names)}." };
        argument.Validators.Add(result => Check(result.Tokens, name, result));
        argument.CompletionSources.Add([.. Names]);
        return argument;
    }

    private void Check(IReadOnlyList<Token> tokens, string name, SymbolResult result)
    {
        if (tokens is [{ Value: var given }, ..] && !Names.Contains(given, StringComparer.Ordinal))
            result.AddError($"{name} is '{Words.Excerpt(given, 40)}': give one of {string.Join(", ", Names)}.{Nearest.Hint(given, Names)}");
    }
}
