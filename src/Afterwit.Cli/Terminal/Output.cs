using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace Afterwit.Cli.Terminal;

/// <summary>Where a command prints. Data for people or as JSON goes to standard output; notes and progress go to standard error.</summary>
internal sealed class Output(bool json)
{
    private static readonly bool NoColor = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    private IAnsiConsole? _people;
    private IAnsiConsole? _notes;

    /// <summary>True when data is printed as JSON.</summary>
    public bool Json => json;

    /// <summary>For tables and text that people read.</summary>
    public IAnsiConsole People => _people ??= Create(Console.Out, Console.IsOutputRedirected);

    /// <summary>For progress and notes.</summary>
    public IAnsiConsole Notes => _notes ??= Create(Console.Error, Console.IsErrorRedirected);

    /// <summary>True when a person watches: progress may move.</summary>
    public static bool IsWatched => !Console.IsErrorRedirected;

    /// <summary>Prints what a command found, as JSON or for people.</summary>
    public void Write<T>(T value, JsonTypeInfo<T> type, Action<IAnsiConsole> people)
    {
        if (json)
            WriteJson(value, type);
        else
            people(People);
    }

    /// <summary>Prints one value as JSON.</summary>
    public static void WriteJson<T>(T value, JsonTypeInfo<T> type)
    {
        using var stdout = Console.OpenStandardOutput();
        using (var writer = new Utf8JsonWriter(stdout, new() { Indented = !Console.IsOutputRedirected, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            JsonSerializer.Serialize(writer, value, type);
        stdout.Write("\n"u8);
    }

    /// <summary>A table in the style of this program.</summary>
    public static Table Table(params ReadOnlySpan<string> columns)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Text(column)));
        return table;
    }

    private static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new()
        {
            Ansi = redirected || NoColor ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = redirected || NoColor ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
            Out = new AnsiConsoleOutput(writer),
        });
        if (redirected)
            console.Profile.Width = 200; // a pipe has no width: lines are not broken for it
        return console;
    }
}
