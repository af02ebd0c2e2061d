using Afterwit.Tests.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Afterwit.Storage.Tests.Configuration;

/// <summary>A memory for the services of a host.</summary>
public sealed class AddAfterwitTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Database => _folder["memory.db"];

    [Fact]
    public async Task Services_share_one_memory_which_the_container_closes()
    {
        var services = new ServiceCollection().AddAfterwit(Database).BuildServiceProvider();
        var provider = services.GetRequiredService<AgentMemoryProvider>();
        Assert.False(File.Exists(Database)); // not opened before it is asked for
        var memories = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => provider.GetAsync().AsTask()));
        Assert.Single(memories.Distinct());
        var episode = await memories[0].StartAsync("one task");
        await services.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await provider.GetAsync());
        await Assert.ThrowsAnyAsync<Exception>(() => memories[0].StartAsync("too late"));
        await using var again = await AgentMemory.OpenAsync(Database);
        Assert.Equal("one task", (await again.GetAsync(episode)).Task);
    }

    [Fact]
    public async Task A_host_reads_the_names_of_the_settings_file_from_its_configuration()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Afterwit:Db"] = Database,
            ["Afterwit:Storage:Cache:MaxBytes"] = "1000000",
            ["afterwit:storage:synchronous"] = "normal",
            ["Afterwit:Server:AuthToken"] = "a.b.c",
            ["Afterwit:Storage:MaxGroupCommit"] = "16",
        });
        builder.Services.AddAfterwit(builder.Configuration.GetSection("Afterwit")).Configure<AfterwitOptions>(o => o.Storage.Sqlite.MaxReaders = 3);
        using var host = builder.Build();
        await host.StartAsync();
        var options = host.Services.GetRequiredService<IOptions<AfterwitOptions>>().Value;
        var memory = await host.Services.GetRequiredService<AgentMemoryProvider>().GetAsync();
        await memory.StartAsync("a task");
        await host.StopAsync();

        Assert.Equal(Database, options.Database);
        Assert.Equal(1_000_000, options.Storage.Cache.MaxBytes);
        Assert.Equal(Durability.Normal, options.Storage.Sqlite.Synchronous);
        Assert.Equal("a.b.c", options.Storage.Server.AuthToken);
        Assert.Equal((16, 16, 3), (options.Storage.Sqlite.MaxGroupCommit, options.Storage.Server.MaxGroupCommit, options.Storage.Sqlite.MaxReaders));
        Assert.True(File.Exists(Database));
    }

    [Theory]
    [InlineData("Storage:MaxReaders", "100", "Storage:MaxReaders is 100; allowed: 1 to 64.")]
    [InlineData("Storage:MaxReaders", "many", "Storage:MaxReaders is 'many'; allowed: 1 to 64.")]
    [InlineData("Server:Timeout", "-1", "Server:Timeout is ")]
    [InlineData("Storage:Cahce:MaxBytes", "1", "Storage:Cahce:MaxBytes: there is no setting of this name")]
    [InlineData("Db", " ", "Db is empty; allowed: a path, :memory:, or the URL of a server.")]
    [InlineData("Db", "postgres://host", "postgres:// is not a kind of database")]
    public async Task A_host_with_a_broken_setting_does_not_start(string name, string value, string message)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { [$"Afterwit:{name}"] = value });
        builder.Services.AddAfterwit(builder.Configuration.GetSection("Afterwit"));
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_to_open_is_tried_again_and_one_that_stops_waiting_does_not_stop_the_others()
    {
        Directory.CreateDirectory(Database); // a folder in the place of the file
        await using var services = new ServiceCollection().AddAfterwit(Database).BuildServiceProvider();
        var provider = services.GetRequiredService<AgentMemoryProvider>();
        await Assert.ThrowsAsync<DatabaseException>(async () => await provider.GetAsync());
        Directory.Delete(Database);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await provider.GetAsync(new(canceled: true)));
        Assert.Same(await provider.GetAsync(), await provider.GetAsync());
    }

    [Fact]
    public async Task A_container_that_is_closed_while_the_memory_is_being_opened_leaves_nothing_open()
    {
        var services = new ServiceCollection().AddAfterwit(o => o.Database = Database).BuildServiceProvider();
        var opening = services.GetRequiredService<AgentMemoryProvider>().GetAsync().AsTask();
        await services.DisposeAsync();
        var late = await Record.ExceptionAsync(async () => await (await opening).StartAsync("too late"));
        Assert.NotNull(late);
        File.Delete(Database);
    }

    [Fact]
    public async Task Episodes_are_dated_by_the_clock_of_the_services()
    {
        var time = new FakeClock(new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero));
        await using var services = new ServiceCollection().AddSingleton<TimeProvider>(time).AddAfterwit(SqliteDatabase.InMemory).BuildServiceProvider();
        var memory = await services.GetRequiredService<AgentMemoryProvider>().GetAsync();
        Assert.Equal(time.GetUtcNow(), (await memory.GetAsync(await memory.StartAsync("a task"))).StartedAt);
    }

    public void Dispose() => _folder.Dispose();
}
