using System.Buffers;
using System.Text;

namespace Afterwit;

/// <summary>How tools are written in the actions and conditions of patterns: bounded, on one line, and never to be mistaken for anything else.</summary>
internal static class ToolNames
{
    /// <summary>The action that stands for every action: the base rate.</summary>
    public const string Any = "*";

    private const int LongestName = 80;

    private static readonly SearchValues<char> Marks = SearchValues.Create("\\>:;,+");

    /// <summary>A tool as an action: its name on one line, at most 80 characters; a name that has a meaning of its own here gets a backslash before it.</summary>
    public static string Action(string? tool)
    {
        var name = TextRules.Excerpt(tool, LongestName);
        return name switch
        {
            "" => "(unnamed)",
            Learner.End or Any => "\\" + name,
            _ => name[0] == '\\' ? "\\" + name : name,
        };
    }

    /// <summary>An action as a part of a condition: the marks that conditions are built with are escaped by a backslash.</summary>
    public static string Escape(string action)
    {
        var suffixed = action.EndsWith(" ok", StringComparison.Ordinal) || action.EndsWith(" error", StringComparison.Ordinal);
        if (!suffixed && action != "^" && action.AsSpan().IndexOfAny(Marks) < 0)
            return action;
        var text = new StringBuilder(action.Length + 8);
        var suffix = suffixed ? action.LastIndexOf(' ') : -1;
        for (var i = 0; i < action.Length; i++)
        {
            var plain = action[i] is not ('\\' or '>' or ':' or ';' or ',') && i != suffix && action != "^" && !(action[i] == '+' && i == action.Length - 1);
            text.Append(plain ? "" : "\\").Append(action[i]);
        }

        return text.ToString();
    }
}
