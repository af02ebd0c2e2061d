namespace Afterwit.Cli.Installing;

/// <summary>How other programs start this one.</summary>
internal static class ThisProgram
{
    /// <summary>The command line of a command of this program.</summary>
    /// <param name="shared">For a file that goes to other machines: the name alone. Else the full path, since programs with windows do not see the shell's.</param>
    /// <param name="arguments">What follows.</param>
    public static IReadOnlyList<string> CommandLine(bool shared, params ReadOnlySpan<string> arguments)
    {
        var program = Environment.ProcessPath;
        if (shared || program is null)
            return ["afterwit", .. arguments];
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, Path.Combine(AppContext.BaseDirectory, "Afterwit.Cli.dll"), .. arguments] : [program, .. arguments];
    }
}
