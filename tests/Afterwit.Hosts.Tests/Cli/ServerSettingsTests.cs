using System.Text.Json;
using Afterwit.Cli;
using Afterwit.Cli.Configuration;
using Afterwit.Storage;

namespace Afterwit.Hosts.Tests.Cli;

public sealed class ServerSettingsTests : IDisposable
{
    private const string Token = "Server:AuthToken";
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_variables_that_clients_share_name_the_database_when_nothing_of_ours_does()
    {
        _home["TURSO_DATABASE_URL"] = "libsql://turso.example";
        Assert.Equal((_home.Database, "AFTERWIT_DB"), await SettingAsync("Db"));
        _home["AFTERWIT_DB"] = null;
        Assert.Equal(("libsql://turso.example", "TURSO_DATABASE_URL"), await SettingAsync("Db"));
        _home["LIBSQL_URL"] = "libsql://own.example";
        Assert.Equal(("libsql://own.example", "LIBSQL_URL"), await SettingAsync("Db"));
        await File.WriteAllTextAsync(Path.Combine(_home.Folder, "afterwit.json"), """{ "Db": "mine.db" }""");
        Assert.Equal("mine.db", (await SettingAsync("Db")).Value);
        Assert.Equal(("http://x", "command line"), await SettingAsync("Db", "--db", "http://x"));
    }

    [Fact]
    public async Task A_token_that_stands_beside_a_url_goes_to_that_server_alone()
    {
        (_home["AFTERWIT_DB"], _home["TURSO_DATABASE_URL"], _home["TURSO_AUTH_TOKEN"]) = (null, "libsql://turso.example", "sesame");
        Assert.Equal(("(set)", "TURSO_AUTH_TOKEN"), await SettingAsync(Token));
        Assert.Equal(("", "default"), await SettingAsync(Token, "--db", "libsql://elsewhere.example"));
        _home["LIBSQL_AUTH_TOKEN"] = "swordfish";
        Assert.Equal(("(set)", "LIBSQL_AUTH_TOKEN"), await SettingAsync(Token, "--db", "libsql://elsewhere.example"));
        _home["AFTERWIT_SERVER__AUTHTOKEN"] = "ours";
        Assert.Equal(("(set)", "AFTERWIT_SERVER__AUTHTOKEN"), await SettingAsync(Token));
    }

    [Fact]
    public async Task What_a_url_brings_along_is_not_shown()
    {
        _home["AFTERWIT_DB"] = "libsql://db.example/x?tls=0&authToken=sesame";
        _home["AFTERWIT_SERVER__REPLICAS"] = "libsql://one.example?authToken=swordfish, http://user:hunter2@two.example";
        var shown = (await _home.RunAsync("config", "show", "--json")).Succeeded().Output + (await _home.RunAsync("config", "show")).Succeeded().Output;
        Assert.All((string[])["sesame", "swordfish", "hunter2"], secret => Assert.DoesNotContain(secret, shown));
        Assert.Equal("libsql://db.example/x?(set)", (await SettingAsync("Db")).Value);
        Assert.StartsWith("libsql://one.example?(set), http://", (await SettingAsync("Server:Replicas")).Value);
        Assert.Equal("what?why.db", (await SettingAsync("Db", "--db", "what?why.db")).Value);
    }

    [Theory]
    [InlineData("--server-timeout", "soon", "Server:Timeout is 'soon'")]
    [InlineData("--server-timeout", "00:00:00", "Server:Timeout is '00:00:00'; allowed: 00:00:00.01 to 01:00:00")]
    [InlineData("--server-stream-limit", "0", "Server:StreamLimit is '0'; allowed: 1 to 100000")]
    [InlineData("--server-clients", "0", "Server:Clients is '0'")]
    [InlineData("--server-min-streams", "11", "Server:MinStreams is '11'; allowed: 1 to Server:MaxStreams")]
    [InlineData("--server-max-streams", "1", "Server:MinStreams is '2'; allowed: 1 to Server:MaxStreams")]
    [InlineData("--server-tenant", "a/b", "Server:Tenant is 'a/b'")]
    [InlineData("--server-replicas", "http://one, here", "Server:Replicas is 'http://one, here'")]
    [InlineData("--server-http-encoding", "Xml", "Server:HttpEncoding is 'Xml'; allowed: Protobuf or Json")]
    [InlineData("--server-predictive-size", "maybe", "Server:PredictiveSize is 'maybe'")]
    public void A_value_out_of_range_is_named_with_its_setting(string option, string value, string message)
    {
        var parsed = App.Build().Parse(["stats", option, value]);
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => Settings.Resolve(parsed)).Message);
        var problem = Assert.Single(SettingsCheck.Apply(SettingSources.Read(parsed), new()));
        Assert.StartsWith(message, $"{problem.Name} {problem.Problem}");
    }

    [Fact]
    public async Task Settings_that_hold_together_are_sound() =>
        (await _home.RunAsync("config", "check", "--server-max-streams", "20", "--server-min-streams", "12", "--server-replicas", "http://one ws://two,", "--db", "libsql://host")).Succeeded();

    [Fact]
    public void The_defaults_that_are_shown_are_those_of_the_options()
    {
        var applied = new StorageOptions();
        foreach (var setting in Setting.All)
            setting.Apply(applied, setting.Default);
        Assert.Equivalent(new StorageOptions(), applied, strict: true);
    }

    private async Task<(string? Value, string? Source)> SettingAsync(string name, params string[] options)
    {
        JsonElement setting = Assert.Single((await _home.JsonAsync(["config", "show", .. options])).GetProperty("settings").EnumerateArray(), s => s.GetProperty("name").GetString() == name);
        return (setting.GetProperty("value").GetString(), setting.GetProperty("source").GetString());
    }
}
