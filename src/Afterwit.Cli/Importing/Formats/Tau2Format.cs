using System.Runtime.CompilerServices;

namespace Afterwit.Cli.Importing;

/// <summary>A results file of tau2-bench: simulated conversations between an agent and a customer, graded.</summary>
internal sealed class Tau2Format(Func<string?, bool> isError, int recordLimit = JsonLines.DefaultLimit) : IEpisodeFormat
{
    public string Name => "tau2";

    public bool Recognises(string path, ReadOnlyMemory<byte> head) =>
        JsonHead.Any(head, names => names.Contains("simulations") || (names.Contains("tasks") && names.Contains("info")));

    public async IAsyncEnumerable<ImportRecord> ReadAsync(ImportSource source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Tau2Run? run = null;
        await foreach (var part in JsonObjectFile.ReadAsync(source.Content, recordLimit, Choose, cancellationToken))
        {
            var where = part.Index >= 0 ? $"simulation {part.Index + 1}: " : "";
            if (part.Problem is not null)
            {
                yield return ImportRecord.Broken(source, part.Line, where + part.Problem);
                continue;
            }

            if (part.Name == "info")
            {
                run = Tau2Run.Of(part.Json);
                continue;
            }

            // Usually the run is described first; JSON does not promise it.
            run ??= await LookAheadAsync(source, cancellationToken);
            var (episodes, problem) = JsonLines.Parse(part.Json, simulation => [new Tau2Simulation(simulation, run, isError).ToEpisode(source)]);
            foreach (var episode in episodes)
                yield return ImportRecord.Of(episode, source);
            if (problem is not null)
                yield return ImportRecord.Broken(source, part.Line, where + problem);
        }
    }

    private static JsonPartMode Choose(string name) => name switch
    {
        "info" => JsonPartMode.Whole,
        "simulations" => JsonPartMode.Elements,
        _ => JsonPartMode.Skip,
    };

    private async Task<Tau2Run> LookAheadAsync(ImportSource source, CancellationToken cancellationToken)
    {
        if (source.Length == 0)
            return Tau2Run.Unknown;
        try
        {
            await using var again = await ImportSource.OpenAsync(source.Path, source.Time, cancellationToken);
            await foreach (var part in JsonObjectFile.ReadAsync(again.Content, recordLimit, name => name == "info" ? JsonPartMode.Whole : JsonPartMode.Skip, cancellationToken))
            {
                if (part.Name == "info" && part.Problem is null)
                    return Tau2Run.Of(part.Json);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }

        return Tau2Run.Unknown;
    }
}

/// <summary>What all simulations of a file share.</summary>
internal sealed record Tau2Run(string Domain, string? Agent)
{
    public static Tau2Run Unknown { get; } = new("tau2", null);

    public static Tau2Run Of(ReadOnlyMemory<byte> info)
    {
        var run = Unknown;
        JsonFields.Parse(info, root =>
        {
            var domain = root.Object("environment_info")?.Text("domain_name");
            run = new(domain is null ? Unknown.Domain : $"tau2-{domain}", root.Object("agent_info")?.Text("llm"));
        });
        return run;
    }
}
