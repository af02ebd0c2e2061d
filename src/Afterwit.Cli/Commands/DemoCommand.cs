using System.CommandLine;
using Afterwit.Cli.Demo;
using Afterwit.Cli.Terminal;
using Afterwit.Storage;
using Command = System.CommandLine.Command;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit demo`: a real agent loop on real databases, the same questions without and with a memory.</summary>
internal static class DemoCommand
{
    private const int MostSeeds = 50;
    private const int MostTasks = 200;

    private static readonly Option<int> Seeds = new("--seeds") { Description = $"How often all is repeated with other databases and draws, 1 to {MostSeeds}.", DefaultValueFactory = _ => 5 };
    private static readonly Option<int> Tasks = new("--tasks") { Description = $"Questions of a round, 1 to {MostTasks}.", DefaultValueFactory = _ => 40 };
    private static readonly Option<bool> NoRecall = new("--no-recall") { Description = "Never ask the memory: what it is told then changes nothing." };
    private static readonly Option<FileInfo?> Keep = new("--keep") { Description = "Keep the memory of the first seed in a new file.", HelpName = "FILE" };

    public static Command Create() =>
        new Command("demo", "See it learn: an agent works on real databases, without and with a memory. Needs no network and no data; with --db URL the memory is on that server.") { Seeds, Tasks, NoRecall, Keep }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var output = context.Output;
        var (seeds, tasks, recall, keep) = (parsed.GetValue(Seeds), parsed.GetValue(Tasks), !parsed.GetValue(NoRecall), parsed.GetValue(Keep));
        Check("--seeds", seeds, MostSeeds);
        Check("--tasks", tasks, MostTasks);
        if (keep is { Exists: true })
            throw new ArgumentException($"--keep {keep.FullName}: the file exists. Name a new one: the demo begins with an empty memory.");
        var settings = context.Settings;
        var server = LibSqlDatabase.IsServer(settings.Sources[Setting.Database].Value) && settings.Sources.IsDatabaseOurs ? settings : null;
        if (server is not null && keep is not null)
            throw new ArgumentException($"--keep {keep}: on a server nothing is kept in a file. Leave out --keep, or give --db a path.");
        Report.Introduce(output.Json ? output.Notes : output.People, seeds, tasks, recall);
        if (server is not null)
            output.Notes.Line(server.Sources[Setting.AdminUrl].Value.Length > 0 ? "On the server: each seed has a tenant of its own, dropped at the end." : "On the server, in the memory that is there: each seed has a domain of its own (afterwit-demo-...), forgotten at the end.");
        var result = await ProgressView.ShowAsync(output, new Experiment(seeds, tasks, recall, keep?.FullName, server), seeds, tasks, cancellationToken);
        output.Write(DemoJson.Of(result, recall, keep?.FullName), CliJson.Default.DemoJson, people => Report.Print(people, result, recall, keep?.ToString()));
    }

    private static void Check(string option, int value, int most)
    {
        if (value < 1 || value > most)
            throw new ArgumentException($"{option} is {value}; allowed: 1 to {most}.");
    }
}
