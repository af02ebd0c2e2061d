using System.Runtime.CompilerServices;

namespace Afterwit.Cli.Importing;

/// <summary>A trajectory of SWE-agent: one run on one issue.</summary>
internal sealed class SweAgentFormat(Func<string?, bool> isError, int recordLimit = JsonLines.DefaultLimit) : IEpisodeFormat
{
    public string Name => "swe-agent";

    public bool Recognises(string path, ReadOnlyMemory<byte> head) =>
        JsonHead.Any(head, names => names.Contains("trajectory") || (names.Contains("history") && names.Contains("environment")));

    public async IAsyncEnumerable<ImportRecord> ReadAsync(ImportSource source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return await ReadWholeAsync(source, cancellationToken);
    }

    // A run that lacks a step would teach what never happened: the whole file is one record.
    private async Task<ImportRecord> ReadWholeAsync(ImportSource source, CancellationToken cancellationToken)
    {
        var trajectory = new SweAgentTrajectory(isError);
        await foreach (var part in JsonObjectFile.ReadAsync(source.Content, recordLimit, SweAgentTrajectory.Choose, cancellationToken))
        {
            if ((part.Problem ?? JsonFields.Parse(part.Json, value => trajectory.Take(part.Name, value))) is { } problem)
                return ImportRecord.Broken(source, part.Line, part.Index >= 0 ? $"{part.Name}[{part.Index}]: {problem}" : problem);
        }

        try
        {
            return ImportRecord.Of(trajectory.ToEpisode(source), source);
        }
        catch (BrokenRecordException e)
        {
            return ImportRecord.Broken(source, 0, e.Message);
        }
    }
}
