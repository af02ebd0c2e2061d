using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Servers;

public sealed class LibSqlAdminTests : IAsyncLifetime
{
    private const string Key = "sesame";
    private SqldServer _server = null!;

    public async Task InitializeAsync() => _server = await SqldServer.StartAsync(new() { Namespaces = true, Arguments = ["--admin-auth-key", Key] });

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Two_namespaces_share_nothing_and_one_that_was_dropped_comes_back_empty()
    {
        using var admin = new LibSqlAdmin(_server.AdminUrl, Key);
        await admin.CreateNamespaceAsync("one");
        await admin.CreateNamespaceAsync("two");
        await WriteAsync("one", "CREATE TABLE t(x)");
        await WriteAsync("one", "INSERT INTO t VALUES (7)");
        Assert.Equal(0, await TablesAsync("two"));
        Assert.Equal(1, await TablesAsync("one"));

        await admin.DropNamespaceAsync("one");
        await Assert.ThrowsAsync<LibSqlException>(() => TablesAsync("one"));
        Assert.Equal(0, await TablesAsync("two"));
        await admin.CreateNamespaceAsync("one");
        Assert.Equal(0, await TablesAsync("one"));
    }

    [Fact]
    public async Task An_error_says_what_is_wrong_and_never_the_token()
    {
        using var admin = new LibSqlAdmin(_server.AdminUrl, Key);
        await admin.CreateNamespaceAsync("there");
        Assert.Contains("already", (await Assert.ThrowsAsync<LibSqlServerException>(() => admin.CreateNamespaceAsync("there"))).Message);
        var missing = await Assert.ThrowsAsync<LibSqlServerException>(() => admin.DropNamespaceAsync("elsewhere"));
        Assert.Equal(LibSqlAdmin.MissingNamespace, missing.Code);
        Assert.Contains("'elsewhere'", missing.Message);

        using var stranger = new LibSqlAdmin(_server.AdminUrl, "swordfish");
        var refused = await Assert.ThrowsAsync<LibSqlAuthenticationException>(() => stranger.CreateNamespaceAsync("mine"));
        Assert.DoesNotContain("swordfish", refused.Message);
        using var nowhere = new LibSqlAdmin($"http://127.0.0.1:{Ports.Free()}", Key);
        Assert.Contains("cannot be reached", (await Assert.ThrowsAsync<LibSqlConnectionException>(() => nowhere.CreateNamespaceAsync("mine"))).Message);
        using var wrongDoor = new LibSqlAdmin(_server.Url);
        Assert.Contains("Check the URL", (await Assert.ThrowsAsync<LibSqlServerException>(() => wrongDoor.CreateNamespaceAsync("mine"))).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a.b")]
    [InlineData("é")]
    [InlineData("a\n")]
    public async Task A_name_that_is_none_is_never_sent(string name)
    {
        using var admin = new LibSqlAdmin($"http://127.0.0.1:{Ports.Free()}");
        await Assert.ThrowsAsync<ArgumentException>(() => admin.DropNamespaceAsync(name));
        await Assert.ThrowsAsync<ArgumentException>(() => admin.CreateNamespaceAsync(new('a', 65)));
        Assert.Throws<ArgumentException>(() => new LibSqlAdmin("ws://127.0.0.1:1"));
    }

    [Fact]
    public async Task A_server_that_stands_still_is_given_up_by_the_deadline()
    {
        using var admin = new LibSqlAdmin(_server.AdminUrl, Key, TimeSpan.FromMilliseconds(300));
        _server.Freeze();
        Assert.Contains("did not answer", (await Assert.ThrowsAsync<LibSqlConnectionException>(() => admin.CreateNamespaceAsync("late"))).Message);
    }

    private async Task WriteAsync(string name, string sql)
    {
        await using var client = new LibSqlClient(_server.Url, new() { Namespace = name });
        await client.ExecuteAsync(new(sql));
    }

    private async Task<long> TablesAsync(string name)
    {
        await using var client = new LibSqlClient(_server.Url, new() { Namespace = name });
        return (await client.ReadAsync([new("SELECT count(*) FROM sqlite_schema")]))[0][0, 0].AsInt64();
    }
}
