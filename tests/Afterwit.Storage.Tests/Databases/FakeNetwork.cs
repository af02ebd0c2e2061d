namespace Afterwit.Storage.Tests.Databases;

/// <summary>A database behind a network: what is asked while nothing is answered travels together, in one round trip. No clock: a trip begins when all that runs is waiting for it.</summary>
internal sealed class FakeNetwork(IDatabase inner) : DatabaseDecorator(inner)
{
    private List<(Func<Task> Run, TaskCompletionSource Answer)>? _asked;

    /// <summary>How many round trips, one behind the other, an operation takes.</summary>
    public Task<int> TripsAsync(Func<Task> operation) => Task.Run(async () => // away from the test's context: an answer has to be acted on before the next trip begins
    {
        _asked = [];
        var running = operation();
        var trips = 0;
        for (; !running.IsCompleted; trips++)
        {
            var together = _asked;
            Assert.NotEmpty(together);
            _asked = [];
            foreach (var (run, answer) in together)
            {
                try
                {
                    await run();
                    answer.SetResult();
                }
                catch (AfterwitException e)
                {
                    answer.SetException(e);
                }
            }
        }

        _asked = null;
        await running;
        return trips;
    });

    public override Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken) => AskAsync(() => base.ReadAsync(queries, cancellationToken));

    public override async Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken)
    {
        IReadOnlyList<CommandResult> results = [];
        await AskAsync(async () => results = await base.WriteAsync(unitOfWork, cancellationToken)).ConfigureAwait(false);
        return results;
    }

    private Task AskAsync(Func<Task> run)
    {
        if (_asked is null)
            return run();
        var answer = new TaskCompletionSource();
        _asked.Add((run, answer));
        return answer.Task;
    }
}
