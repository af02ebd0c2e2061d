namespace Afterwit.LibSql.Tests.Protocol;

/// <summary>Half a million changed answers over HTTP; the other half is <see cref="SocketFuzzTests"/>.</summary>
public sealed class PipelineFuzzTests
{
    private const int Rounds = 36_000;

    [Fact]
    public void A_mutated_pipeline_is_read_or_refused()
    {
        foreach (var (name, requests) in Golden.Pipelines)
            Mutation.Check(name, Golden.Answer(name), Rounds, answer => Golden.Read(Golden.Messages(name), answer, requests));
    }

    [Fact]
    public void A_mutated_cursor_is_read_or_refused()
    {
        foreach (var name in Golden.Cursors)
            Mutation.Check(name, Golden.Answer(name), Rounds, answer => Golden.ReadCursor(Golden.Messages(name), answer));
    }
}
