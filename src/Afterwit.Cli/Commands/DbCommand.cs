using System.CommandLine;
using System.Globalization;
using Afterwit.Cli.Terminal;
using Afterwit.Storage;
using Spectre.Console;
using Command = System.CommandLine.Command;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit db`: work on the database as a whole.</summary>
internal static class DbCommand
{
    private static readonly Option<PayloadCodecKind?> Codec = new("--codec") { Description = "none, lz4, zstd, gzip or brotli, in place of Storage:Compression:Episodes. none undoes the compression." };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only tell what would be done, and how small it would get." };
    private static readonly Option<bool> NoVacuum = new("--no-vacuum") { Description = "Leave the room that becomes free in the file, for what is stored next." };

    public static Command Create() => new("db", "Work on the database as a whole.")
    {
        new Command("compress", "Compress what is stored by the present settings. Can be stopped at any point and run again; other processes may work meanwhile.") { Codec, DryRun, NoVacuum }.Runs(CompressAsync),
    };

    private static async Task CompressAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(Codec) is { } codec)
            context.Settings.Storage.Compression.Episodes = codec;
        var dryRun = parsed.GetValue(DryRun);
        var start = CommandContext.Time.GetTimestamp();
        await using var memory = await context.OpenAsync(cancellationToken);
        var store = MemoryParts.StoreOf(memory);
        var before = (await store.GetStatisticsAsync(cancellationToken)).FileBytes;
        var done = await RunAsync(context.Output, progress => store.CompressAsync(dryRun, progress, cancellationToken));
        if (!dryRun && !parsed.GetValue(NoVacuum) && MemoryParts.DatabaseOf(memory) is SqliteDatabase file && (done.Packed + done.Recompressed > 0 || await HasFreePagesAsync(file, cancellationToken)))
            await file.CompactAsync(cancellationToken);
        var after = (await store.GetStatisticsAsync(cancellationToken)).FileBytes;
        var effective = await store.GetCompressionAsync(cancellationToken);
        if (effective.Reason is { } reason)
            context.Output.Notes.WriteLine(reason);
        if (done.Unreadable > 0)
            context.Output.Notes.WriteLine($"{Words.Many(done.Unreadable, "payload")} could not be read and were left as they are: `afterwit episode show` of such an episode says what is missing.");
        var json = new DbCompressJson(
            dryRun, Names.Of(effective.Codec), done.Packed, done.Recompressed, done.Skipped, done.Unreadable, done.BytesBefore, done.BytesAfter, before, after,
            CommandContext.Time.GetElapsedTime(start).TotalSeconds);
        context.Output.Write(json, SystemJsonContext.Default.DbCompressJson, people => Print(people, json));
    }

    private static async Task<RecompressionReport> RunAsync(Output output, Func<IProgress<double>?, Task<RecompressionReport>> run)
    {
        RecompressionReport? done = null;
        if (!Output.IsWatched)
            return await run(null);
        await output.Notes.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()).StartAsync(async progress =>
        {
            var task = progress.AddTask("compressing", maxValue: 1);
            done = await run(new Progress<double>(share => task.Value = share));
            task.Value = 1;
        });
        return done!;
    }

    /// <summary>A run that was stopped before its end may have left some.</summary>
    private static async Task<bool> HasFreePagesAsync(SqliteDatabase file, CancellationToken cancellationToken)
    {
        var free = 0L;
        await file.ReadAsync([new("SELECT freelist_count FROM pragma_freelist_count", [], row => free = row.GetInt64(0))], cancellationToken);
        return free > 0;
    }

    private static void Print(IAnsiConsole people, DbCompressJson done)
    {
        var would = done.DryRun ? "would be " : "";
        people.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Words.Many(done.Packed, "episode")} {would}packed and {Words.Many(done.Recompressed, "pack")} {would}written anew with {done.Codec}: {Words.Count(done.BytesBefore)} bytes of steps {(done.DryRun ? "would become" : "became")} {Words.Count(done.BytesAfter)}."));
        if (done.Skipped > 0)
            people.WriteLine($"{Words.Count(done.Skipped)} changed meanwhile and were left: run it again.");
        if (!done.DryRun)
            people.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The database had {Words.Count(done.FileBytesBefore)} bytes and has {Words.Count(done.FileBytesAfter)}; {done.Seconds:0.0} s."));
    }
}
