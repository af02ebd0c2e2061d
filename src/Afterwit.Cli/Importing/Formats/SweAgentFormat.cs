using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Afterwit.Cli.Importing;

/// <summary>A trajectory of SWE-agent: one run on one issue.</summary>
internal sealed class SweAgentFormat(Func<string?, bool> isError, int recordLimit = JsonLines.DefaultLimit) : IEpisodeFormat
{
    public string Name => "swe-agent";

    public bool Recognises(string path, ReadOnlyMemory<byte> head) =>
        JsonHead.Any(head, names => names.Contains("trajectory") || (names.Contains("history") && names.Contains("environment")));

    public async IAsyncEnumerable<ImportRecord> ReadAsync(ImportSource source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var trajectory = new SweAgentTrajectory(isError);
        var broken = false;
        await foreach (var part in JsonObjectFile.ReadAsync(source.Content, recordLimit, SweAgentTrajectory.Choose, cancellationToken))
        {
            var problem = part.Problem ?? Take(trajectory, part);
            if (problem is null)
                continue;
            // A run that lacks a step would teach what never happened: the whole file is one record.
            broken = true;
            yield return ImportRecord.Broken(source, part.Line, part.Index >= 0 ? $"{part.Name}[{part.Index}]: {problem}" : problem);
            break;
        }

        if (broken)
            yield break;
        var (episode, reason) = Finish(trajectory, source);
        yield return episode is null ? ImportRecord.Broken(source, 0, reason) : ImportRecord.Of(episode, source);
    }

    private static string? Take(SweAgentTrajectory trajectory, JsonPart part)
    {
        if (!System.Text.Unicode.Utf8.IsValid(part.Json.Span))
            return "not valid UTF-8";
        try
        {
            using var document = JsonDocument.Parse(part.Json, JsonFields.DocumentOptions);
            trajectory.Take(part.Name, document.RootElement);
            return null;
        }
        catch (Exception e) when (e is JsonException or BrokenRecordException or InvalidOperationException)
        {
            return JsonFields.Reason(e);
        }
    }

    private static (Episode? Episode, string Reason) Finish(SweAgentTrajectory trajectory, ImportSource source)
    {
        try
        {
            return (trajectory.ToEpisode(source), "");
        }
        catch (BrokenRecordException e)
        {
            return (null, e.Message);
        }
    }
}
