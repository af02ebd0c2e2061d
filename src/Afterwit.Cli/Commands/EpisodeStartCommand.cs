using System.CommandLine;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit episode start`: begins an episode and prints its id.</summary>
internal static class EpisodeStartCommand
{
    private static readonly Argument<string> Task = new("TASK") { Description = $"What is asked, in the words the agent sees. {TextInput.Hint}" };
    private static readonly Option<string?> Project = OptionKinds.Text("--project", "The repository, workspace or data set that the agent works in.", "NAME");
    private static readonly Option<string?> Agent = OptionKinds.Text("--agent", "The agent, with its model or version where that matters: counts are also kept for each agent.", "NAME");
    private static readonly Option<string?> User = OptionKinds.Text("--user", "The person the agent works for.", "NAME");
    private static readonly Option<string?> Run = OptionKinds.Text("--run", "The session or batch that the episode belongs to.", "NAME");
    private static readonly Option<string?> Domain = OptionKinds.Text("--domain", "The field of work, such as sql: patterns are learned apart for each.", "NAME");
    private static readonly Option<string?> Language = OptionKinds.Text("--language", "The programming or natural language.", "NAME");
    private static readonly Option<string?> Framework = OptionKinds.Text("--framework", "The framework, engine or product worked with.", "NAME");
    private static readonly Option<string?> Complexity = OptionKinds.Text("--complexity", "How hard the task is, in your own scale.");
    private static readonly Option<string[]> Tags = OptionKinds.Texts("--tag", "A free mark, such as env:staging.", "TAG");
    private static readonly Option<string[]> Metadata = OptionKinds.Texts("--meta", "Anything else worth keeping.", "KEY=VALUE");

    public static Command Create() =>
        new Command("start", "Begin an episode and print its id.") { Task, Project, Agent, User, Run, Domain, Language, Framework, Complexity, Tags, Metadata }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var task = await new TextInput().ReadAsync(parsed.GetRequiredValue(Task), "TASK", cancellationToken);
        var scope = new Scope(parsed.GetValue(Project), parsed.GetValue(Agent), parsed.GetValue(User), parsed.GetValue(Run));
        var circumstances = new EpisodeContext
        {
            Domain = parsed.GetValue(Domain),
            Language = parsed.GetValue(Language),
            Framework = parsed.GetValue(Framework),
            Complexity = parsed.GetValue(Complexity),
            Tags = parsed.GetValue(Tags) ?? [],
        };
        var metadata = OptionKinds.Pairs("--meta", parsed.GetValue(Metadata));
        await using var memory = await context.OpenAsync(cancellationToken);
        var id = await memory.StartAsync(task!, scope, circumstances, metadata, cancellationToken);
        context.Output.Write(new(id.ToString()), MemoryJson.Default.EpisodeStartedJson, people => people.Line(id.ToString()));
    }
}
