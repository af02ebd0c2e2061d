using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Client;

/// <summary>Measures the memory of the whole process: nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(ConstantMemoryTests), DisableParallelization = true)]
[Collection(nameof(ConstantMemoryTests))]
public sealed class ConstantMemoryTests
{
    [Theory]
    [InlineData("ws", HttpEncoding.Protobuf)]
    [InlineData("http", HttpEncoding.Protobuf)]
    [InlineData("http", HttpEncoding.Json)]
    public async Task Streaming_a_large_result_holds_little_of_it(string scheme, HttpEncoding encoding)
    {
        await using var database = await SharedSqld.NewDatabaseAsync();
        await using var client = new LibSqlClient(database.Url.Replace("http", scheme, StringComparison.Ordinal), new() { Namespace = database.Namespace, HttpEncoding = encoding });
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (rows, sum, most) = (0, 0L, 0L);
        await foreach (var row in client.StreamAsync("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) SELECT i, printf('%01000d', i) FROM n"))
        {
            sum += row[0].AsInt64();
            Assert.Equal(1000, row[1].AsString().Length);
            if (++rows % 10_000 == 5000)
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        Assert.Equal((40_000, 800_020_000L), (rows, sum));
        Assert.InRange(most, long.MinValue, 10 << 20); // the result has 40 MB
        Assert.True(client.Statistics.BytesReceived > 40_000_000);
    }
}
