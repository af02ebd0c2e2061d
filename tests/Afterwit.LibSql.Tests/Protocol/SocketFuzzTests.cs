namespace Afterwit.LibSql.Tests.Protocol;

/// <summary>Half a million changed messages over a WebSocket; the other half is <see cref="PipelineFuzzTests"/>.</summary>
public sealed class SocketFuzzTests
{
    private const int Rounds = 18_000;

    [Fact]
    public void A_mutated_message_is_read_or_refused()
    {
        foreach (var (name, request) in GoldenSocket.Requests)
            Mutation.Check(name, GoldenSocket.Answer(name), Rounds, answer => GoldenSocket.Read(answer, request));
        foreach (var name in new[] { "ws-hello-ok", "ws-hello-error" })
            Mutation.Check(name, GoldenSocket.Answer(name), Rounds, answer => GoldenSocket.Read(answer, default));
    }
}
