using System.Globalization;
using System.IO.Compression;
using System.Text;
using Afterwit.Cli.Benchmarks;
using Xunit.Abstractions;

namespace Afterwit.Hosts.Tests.Cli;

public sealed class BenchPoolSizingTests(ITestOutputHelper output) : IDisposable
{
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_policies_are_printed_in_their_order()
    {
        var path = Write("load.csv.gz", Hours(21 * 24));
        var rows = (await _home.JsonAsync("bench", "pool-sizing", "--load", path)).EnumerateArray().ToList();
        Assert.Equal(["fixed-2", "fixed-10", "reactive", "predictive", "oracle"], rows.Select(r => r.GetProperty("policy").GetString()));
        double Of(int row, string field) => rows[row].GetProperty(field).GetDouble();
        Assert.Equal([7 * 24 * 2 - 2, 7 * 24 * 10 - 10], [Of(0, "connection_hours"), Of(1, "connection_hours")]);
        Assert.Equal([0, 0], [Of(0, "opened"), Of(1, "opened")]);
        Assert.True(Of(0, "waited_share") > 0.2);
        Assert.True(Of(0, "p99_wait_ms") >= 100);
        Assert.InRange(Of(3, "waited_share"), 0, 0.5 * Of(2, "waited_share"));
        Assert.InRange(Of(3, "connection_hours"), 1, 1.1 * Of(2, "connection_hours"));
        Assert.InRange(Of(4, "waited_share"), 0, Of(3, "waited_share"));
        Assert.All(rows, r => Assert.NotEmpty(r.GetProperty("weeks").EnumerateArray()));
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_numbers()
    {
        var path = Write("load.csv", Hours(4 * 24));
        var first = await _home.RunAsync("bench", "pool-sizing", "--load", path, "--seed", "7", "--json");
        Assert.Equal(first.Succeeded().Output, (await _home.RunAsync("bench", "pool-sizing", "--load", path, "--seed", "7", "--json")).Output);
        Assert.NotEqual(first.Output, (await _home.RunAsync("bench", "pool-sizing", "--load", path, "--seed", "8", "--json")).Output);
        Assert.Contains("seed 7", first.Error);
    }

    [Fact]
    public async Task People_get_a_table()
    {
        var run = (await _home.RunAsync("bench", "pool-sizing", "--load", Write("load.csv", Hours(4 * 24)))).Succeeded();
        Assert.Contains("predictive", run.Output);
        Assert.Contains("connection-hours", run.Output);
    }

    [Theory]
    [InlineData("line 1: expected the columns timestamp and value", "when,what\n2024-01-01 00:00:00,1\n")]
    [InlineData("line 3: 'soon' is not a time", "timestamp,value\n2024-01-01 00:00:00,1\nsoon,2\n")]
    [InlineData("line 2: 'many' is not a number", "timestamp,value\n2024-01-01 00:00:00,many\n")]
    [InlineData("line 2: 'NaN' is not a number", "timestamp,value\n2024-01-01 00:00:00,NaN\n")]
    [InlineData("1 rows are no series", "timestamp,value\n2024-01-01 00:00:00,1\n")]
    [InlineData("line 1: expected the columns", "")]
    public async Task A_bad_file_is_one_line_that_names_its_own(string message, string text) =>
        (await _home.RunAsync("bench", "pool-sizing", "--load", Write("load.csv", text))).Failed(2, message);

    [Fact]
    public async Task A_file_that_is_not_there_and_one_that_was_cut_are_said_so()
    {
        (await _home.RunAsync("bench", "pool-sizing", "--load", "nothing.csv")).Failed(2, "there is no such file");
        (await _home.RunAsync("bench", "pool-sizing")).Failed(2, "--load");
        var path = Write("load.csv.gz", Hours(100));
        await File.WriteAllBytesAsync(path, (await File.ReadAllBytesAsync(path))[..^20]);
        (await _home.RunAsync("bench", "pool-sizing", "--load", path)).Failed(2, "damaged or ends early");
    }

    [Fact]
    public async Task Holes_disorder_and_a_load_that_never_changes_are_endured()
    {
        var lines = Hours(6 * 24).TrimEnd('\n').Split('\n');
        var odd = string.Join('\n', lines.Take(40).Concat(lines.Skip(80).Reverse()).Append(lines[10])) + "\n\n";
        var rows = await PoolReplay.RunAsync(await LoadSeries.ReadAsync(Write("odd.csv", odd), default), TimeSpan.FromDays(1), 1, default);
        Assert.Equal(5, rows.Count);
        Assert.Equal((6 * 24 - 41 - 24), rows[0].Hours, 1.0);
        var flat = Write("flat.csv", "timestamp,value\n" + string.Concat(Enumerable.Range(1, 9).Select(day => $"2024-01-0{day},5\n")));
        Assert.All(await PoolReplay.RunAsync(await LoadSeries.ReadAsync(flat, default), TimeSpan.FromDays(1), 1, default), r => Assert.Equal(0, r.WaitedShare));
    }

    /// <summary>Seven months of a real city, whose half-hours nobody here wrote; beside the repository, or there is nothing to replay.</summary>
    [Fact]
    public async Task A_real_load_waits_half_as_often_for_as_many_connections()
    {
        if (Shared("eval/load/nyc_taxi.csv.gz") is not { } path)
            return;
        var rows = (await PoolReplay.RunAsync(await LoadSeries.ReadAsync(path, default), TimeSpan.FromDays(14), 1, default)).ToDictionary(r => r.Policy);
        foreach (var row in rows.Values)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Policy}: waited {row.WaitedShare:P4}, {row.ConnectionHours:F0} connection-hours, {row.Opened} opened"));
        var (reactive, predictive) = (rows["reactive"], rows["predictive"]);
        Assert.InRange(predictive.WaitedShare, 0, 0.5 * reactive.WaitedShare);
        Assert.InRange(predictive.ConnectionHours, 0, 1.1 * reactive.ConnectionHours);
        Assert.InRange(predictive.ConnectionHours, 0, 0.6 * rows["fixed-10"].ConnectionHours);
        Assert.InRange(predictive.Opened, 0, 1.5 * reactive.Opened);
        var blizzard = new DateOnly(2015, 1, 26);
        Assert.InRange(predictive.Weeks.Single(w => w.From == blizzard).WaitedShare, 0, reactive.Weeks.Single(w => w.From == blizzard).WaitedShare);
    }

    /// <summary>An office that works from nine to five.</summary>
    private static string Hours(int count)
    {
        var text = new StringBuilder("timestamp,value\n");
        for (var hour = 0; hour < count; hour++)
            text.Append(CultureInfo.InvariantCulture, $"{new DateTime(2024, 3, 4).AddHours(hour):yyyy-MM-dd HH:mm:ss},{(hour % 24 is >= 9 and < 17 ? 90 + hour % 5 : 10 + hour % 7)}\n");
        return text.ToString();
    }

    private static string? Shared(string file)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Path.Combine(folder.FullName, "shared", file) is var candidate && File.Exists(candidate))
                return candidate;
        }

        return null;
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_home.Folder, name);
        using Stream file = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(File.Create(path), CompressionLevel.Fastest) : File.Create(path);
        file.Write(Encoding.UTF8.GetBytes(text));
        return path;
    }
}
