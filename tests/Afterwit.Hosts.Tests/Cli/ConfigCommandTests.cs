using System.Text.Json;

namespace Afterwit.Hosts.Tests.Cli;

public sealed class ConfigCommandTests : IDisposable
{
    private const string MaxReaders = "Storage:MaxReaders";
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_command_line_goes_before_the_environment_and_that_before_the_file_and_that_before_the_default()
    {
        var file = Path.Combine(_home.Folder, "afterwit.json");
        Assert.Equal(("8", "default"), await SettingAsync(MaxReaders));
        await File.WriteAllTextAsync(file, """{ "Storage": { "MaxReaders": 2, "MaxGroupCommit": 9 } }""");
        Assert.Equal(("2", file), await SettingAsync(MaxReaders));
        _home["AFTERWIT_STORAGE__MAXREADERS"] = "3";
        Assert.Equal(("3", "AFTERWIT_STORAGE__MAXREADERS"), await SettingAsync(MaxReaders));
        Assert.Equal(("4", "command line"), await SettingAsync(MaxReaders, "--storage-max-readers", "4"));
        Assert.Equal(("9", file), await SettingAsync("Storage:MaxGroupCommit", "--storage-max-readers", "4"));
    }

    [Fact]
    public async Task The_database_of_the_command_line_goes_before_that_of_the_environment()
    {
        var other = Path.Combine(_home.Folder, "other.db");
        Assert.Equal(_home.Database, (await _home.JsonAsync("stats")).GetProperty("database").GetString());
        Assert.Equal(other, (await _home.JsonAsync("stats", "--db", other)).GetProperty("database").GetString());
        _home["AFTERWIT_DB"] = null;
        Assert.StartsWith(Path.Combine(_home.Folder, "data"), (await _home.JsonAsync("stats")).GetProperty("database").GetString());
    }

    [Fact]
    public async Task Init_writes_a_file_that_is_sound_and_never_overwrites_one()
    {
        var file = (await _home.JsonAsync("config", "init")).GetProperty("file").GetString()!;
        Assert.StartsWith(Path.Combine(_home.Folder, "config"), file);
        var written = await File.ReadAllTextAsync(file);
        Assert.Contains("\"MaxReaders\": 8", written);
        Assert.Equal(file, (await _home.JsonAsync("config", "check")).GetProperty("file").GetString());
        (await _home.RunAsync("config", "init")).Failed(2, "left as it is");
        Assert.Equal(written, await File.ReadAllTextAsync(file));

        // With the slashes taken away each line is a setting, and all are known and valid.
        var mine = Path.Combine(_home.Folder, "mine.json");
        await File.WriteAllLinesAsync(mine, written.Split('\n').Select(line => line.TrimStart().StartsWith("// \"", StringComparison.Ordinal) ? line.Replace("// ", "") : line));
        Assert.True((await _home.JsonAsync("config", "check", "--config", mine)).GetProperty("ok").GetBoolean());
        Assert.Equal(("8", mine), await SettingAsync(MaxReaders, "--config", mine));
    }

    [Fact]
    public async Task Check_names_every_problem_at_once_with_the_nearest_name()
    {
        var file = Path.Combine(_home.Folder, "afterwit.json");
        await File.WriteAllTextAsync(file, """{ "Storage": { "MaxReader": 2, "BusyTimeout": "soon" } }""");
        _home["AFTERWIT_STORAGE__MAXREADERS"] = "400";
        _home["AFTERWIT_STORAGE__MAXBYTE"] = "1";
        var result = await _home.RunAsync("config", "check");
        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Equal(4, result.Error.TrimEnd('\n').Split('\n').Length);
        Assert.Contains("Did you mean Storage:MaxReaders?", result.Error);
        Assert.Contains("Did you mean AFTERWIT_STORAGE__MAXBYTES?", result.Error);
        Assert.Contains("is 'soon'", result.Error);
        Assert.Contains("is '400'; allowed: 1 to 64", result.Error);

        var json = await _home.RunAsync("config", "check", "--json");
        Assert.Equal(2, json.ExitCode);
        Assert.False(json.Json.GetProperty("ok").GetBoolean());
        Assert.Equal(4, json.Json.GetProperty("problems").GetArrayLength());
        (await _home.RunAsync("stats")).Failed(2, "Storage:BusyTimeout");
    }

    [Fact]
    public async Task A_file_that_is_no_settings_file_is_named()
    {
        var file = Path.Combine(_home.Folder, "broken.json");
        await File.WriteAllTextAsync(file, "{ \"Db\": ");
        (await _home.RunAsync("config", "check", "--config", file)).Failed(2, file);
        await File.WriteAllTextAsync(file, "[]");
        (await _home.RunAsync("config", "show", "--config", file)).Failed(2, "one JSON object");
        (await _home.RunAsync("stats", "--config", "nowhere.json")).Failed(2, "nowhere.json");
    }

    private async Task<(string?, string?)> SettingAsync(string name, params string[] options)
    {
        var settings = (await _home.JsonAsync(["config", "show", .. options])).GetProperty("settings");
        JsonElement setting = Assert.Single(settings.EnumerateArray(), s => s.GetProperty("name").GetString() == name);
        return (setting.GetProperty("value").GetString(), setting.GetProperty("source").GetString());
    }
}
