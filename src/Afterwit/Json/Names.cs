using System.Globalization;
using System.Text.Json;

namespace Afterwit;

/// <summary>Values as JSON and the command line name them.</summary>
internal static class Names
{
    /// <summary>A value of an enumeration, as the command line and JSON name it.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    public static string Of(StepKind kind) => kind == StepKind.ToolCall ? "tool_call" : "message";

    /// <summary>A time as JSON holds it: UTC, to the millisecond.</summary>
    public static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
