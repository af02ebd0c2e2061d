using System.Globalization;

namespace Afterwit.Hosts.Tests.Browser;

/// <summary>What two agents did in some days: sixty episodes in two domains, with errors, recoveries and failures that go with what was done.</summary>
internal static class Workday
{
    private static readonly string[] Tables = ["orders", "customers", "invoices", "shipments", "sessions"];
    private static readonly string[] Services = ["billing", "gateway", "search", "mailer", "reports"];

    public static EpisodeId Id(int number) => EpisodeId.FromSource($"workday/{number}");

    public static IEnumerable<Episode> Episodes(DateTimeOffset now) => Enumerable.Range(0, 60).Select(n => n % 2 == 0 ? Migration(n, now) : Deployment(n, now));

    /// <summary>Edges between some of them, as an agent that goes on with earlier work gives.</summary>
    public static async Task RelateAsync(AgentMemory memory)
    {
        await memory.RelateAsync(new(Id(2), RelationshipKind.Follows, Id(0), "the same table, a day later"));
        await memory.RelateAsync(new(Id(4), RelationshipKind.DependsOn, Id(2)));
        await memory.RelateAsync(new(Id(2), RelationshipKind.Related, Id(1)));
        await memory.RelateAsync(new(Id(6), RelationshipKind.Follows, Id(4)));
    }

    /// <summary>What the agent of one of them asked the memory, and what came of it.</summary>
    public static async Task RecallAsync(AgentMemory memory)
    {
        var found = await memory.RecallAsync(new() { Text = "a lock timeout in a migration", Types = RecallTypes.Episode | RecallTypes.Pattern, Episode = Id(0), Limit = 6 });
        await memory.RecallAsync(new() { Text = "deploy billing to production", Types = RecallTypes.Playbook, Episode = Id(0) });
        await memory.FeedbackAsync(new(found.ReceiptId!.Value, true, [found.Hits[0].Id]));
    }

    private static Episode Migration(int n, DateTimeOffset now)
    {
        var table = Tables[n / 2 % Tables.Length];
        List<Step> steps = [Step.Message("user", $"Migration {40 + n} on {table} hangs in staging. Make it go through without losing writes."), Call("read_log", $"service=db lines=200 table={table}", $"statement: ALTER TABLE {table} ADD COLUMN region text NOT NULL")];
        var goes = n % 10 != 8;
        steps.Add(Fails("migrate", $"to={40 + n} table={table}", $"ERROR: canceling statement due to lock timeout\nCONTEXT: while altering table {table}"));
        if (n % 6 == 0)
            steps.Insert(1, Call("recall", $"lock timeout while migrating {table}", "3 hits; after a lock timeout find_blockers helped in 9 of 10 runs") with { FromMemory = true });
        if (goes)
            steps.AddRange([Call("find_blockers", $"table={table}", $"pid {4700 + n}, idle in transaction for 2 h, holds ACCESS SHARE on {table}"), Call("end_session", $"pid={4700 + n}", "ended"), Call("migrate", $"to={40 + n} table={table}", $"applied {40 + n} in 1.2 s")]);
        else
            steps.AddRange([Fails("migrate", $"to={40 + n} table={table} retry=1", "ERROR: canceling statement due to lock timeout"), Fails("migrate", $"to={40 + n} table={table} retry=2", "ERROR: canceling statement due to lock timeout")]);
        return Finish(n, $"Get migration {40 + n} of the {table} table through in staging", "databases", "SQL", ["migration", table], steps, goes ? Outcome.Success($"The column is there. A session that was idle in a transaction had held the lock on {table}.", 1) : Outcome.Failure("Retried three times; the lock was never looked for."), now);
    }

    private static Episode Deployment(int n, DateTimeOffset now)
    {
        var service = Services[n / 2 % Services.Length];
        List<Step> steps = [Step.Message("user", $"Bring {service} 3.{n} to production."), Call("run_tests", $"service={service}", "212 passed"), Call("build_image", $"service={service} tag=3.{n}", "built in 41 s")];
        var outcome = (n % 12) switch
        {
            3 => Outcome.Failure("The new version never became healthy, and was restarted until the time was up."),
            7 => Outcome.Partial("Rolled back; the cause is not found yet.", 0.4),
            _ => Outcome.Success($"{service} 3.{n} serves all traffic.", 1),
        };
        if (n % 12 is 3 or 7 or 11)
        {
            steps.Add(Fails("deploy", $"service={service} tag=3.{n}", "health check failed: connection refused on port 8080 after 60 s"));
            if (n % 12 == 3)
                steps.AddRange([Fails("restart", $"service={service}", "health check failed: connection refused on port 8080"), Fails("restart", $"service={service} force=true", "health check failed: connection refused on port 8080")]);
            else
                steps.AddRange([Call("read_log", $"service={service} lines=100", "FATAL: variable DATABASE_URL is not set"), n % 12 == 7 ? Call("roll_back", $"service={service}", "3.0 serves all traffic") : Call("set_variable", $"service={service} name=DATABASE_URL", "set"), .. n % 12 == 11 ? (Step[])[Call("deploy", $"service={service} tag=3.{n}", "healthy, 4 of 4")] : []]);
        }
        else
        {
            steps.AddRange([Call("deploy", $"service={service} tag=3.{n} canary=10%", "healthy, 1 of 4"), Call("check_errors", $"service={service} minutes=5", "0.01 %"), Call("deploy", $"service={service} tag=3.{n}", "healthy, 4 of 4")]);
        }

        return Finish(n, $"Deploy {service} 3.{n} to production", "deployment", "Go", ["production", service], steps, outcome, now);
    }

    private static Episode Finish(int n, string task, string domain, string language, string[] tags, List<Step> steps, Outcome outcome, DateTimeOffset now)
    {
        var start = now.AddMinutes(-47 * n - 3);
        return new()
        {
            Id = Id(n),
            SourceId = string.Create(CultureInfo.InvariantCulture, $"workday/{n}"),
            Task = task,
            Scope = new("shop", n % 3 == 0 ? "codex" : "claude-code"),
            Context = new() { Domain = domain, Language = language, Complexity = "moderate", Tags = tags },
            StartedAt = start,
            EndedAt = start.AddSeconds(20 * steps.Count + n),
            Outcome = outcome,
            Steps = [.. steps.Select((s, i) => s with { At = start.AddSeconds(18 * i), Latency = TimeSpan.FromMilliseconds(40 + n * 37 % 900 + i * 210), Tokens = 60 + n * 13 % 90 + i * 20 })],
        };
    }

    private static Step Call(string tool, string arguments, string answer) => Step.ToolCall(tool, arguments, answer);

    private static Step Fails(string tool, string arguments, string error) => Step.ToolCall(tool, arguments, error, isError: true);
}
