using System.Text;
using Afterwit.Cli.Importing;

namespace Afterwit.Hosts.Tests.Importing;

/// <summary>Measures the heap of the process, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(ConstantMemoryTests), DisableParallelization = true)]
public sealed class RunsAlone;

[Collection(nameof(ConstantMemoryTests))]
public sealed class ConstantMemoryTests : IDisposable
{
    private readonly ImportFixture _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_large_file_is_read_one_simulation_at_a_time()
    {
        var path = Path.Combine(_files.Folder, "large.json");
        await using (var writer = new StreamWriter(path, append: false, Encoding.UTF8))
        {
            await writer.WriteAsync($$"""{"info":{{Tau2FormatTests.Info}},"simulations":[""");
            for (var i = 0; i < 10_000; i++)
                await writer.WriteAsync((i > 0 ? "," : "") + Tau2FormatTests.Simulation($"s{i}", "1").Replace("Thanks", new string('x', 4000)));
            await writer.WriteAsync("]}");
        }

        await using var source = await ImportSource.OpenAsync(path, TimeProvider.System, CancellationToken.None);
        var count = 0;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var most = 0L;
        await foreach (var record in new Tau2Format(ImportFixture.IsError).ReadAsync(source, CancellationToken.None))
        {
            Assert.Null(record.Problem);
            if (++count % 1000 == 0)
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true));
        }

        Assert.Equal(10_000, count);
        Assert.InRange(most - before, long.MinValue, 16 * 1024 * 1024);
        Assert.InRange(source.Length, 40_000_000, 100_000_000);
    }
}
