namespace Afterwit.Storage;

/// <summary>Where a user's memory and settings are, when nothing else is said.</summary>
internal static class DataFolder
{
    /// <summary>The memory of the user.</summary>
    public static string DefaultDatabase => Path.Combine(Folder("XDG_DATA_HOME", Environment.SpecialFolder.LocalApplicationData), "memory.db");

    /// <summary>The settings of the user.</summary>
    public static string UserSettings => Path.Combine(Folder("XDG_CONFIG_HOME", Environment.SpecialFolder.ApplicationData), "afterwit.json");

    private static string Folder(string variable, Environment.SpecialFolder folder)
    {
        var root = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrEmpty(root) || !Path.IsPathFullyQualified(root))
            root = Environment.GetFolderPath(folder, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(root.Length == 0 ? Path.GetTempPath() : root, "afterwit");
    }
}
