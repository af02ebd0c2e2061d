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
        var isHosted = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var file = isHosted ? Path.Combine(AppContext.BaseDirectory, "Afterwit.Cli.dll") : program;
        return ShimOf(file) is { } shim ? [shim, .. arguments] : isHosted ? [program, file, .. arguments] : [file, .. arguments];
    }

    /// <summary>What starts whatever version of the tool is installed. Null when the program is none that `dotnet tool` installed: an update takes the folder of a version away, and leaves this.</summary>
    public static string? ShimOf(string program)
    {
        var store = program.IndexOf($"{Path.DirectorySeparatorChar}.store{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
        return store < 0 ? null : Array.Find([Path.Combine(program[..store], "afterwit"), Path.Combine(program[..store], "afterwit.exe")], File.Exists);
    }
}
