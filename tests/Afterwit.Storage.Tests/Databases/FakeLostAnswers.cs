namespace Afterwit.Storage.Tests.Databases;

/// <summary>A database behind a bad network: each unit of work is committed, its answer is lost, and it is sent again, as an engine on a server does.</summary>
internal sealed class FakeLostAnswers(IDatabase inner) : DatabaseDecorator(inner)
{
    /// <summary>What others do between the commit whose answer is lost and the next try; once.</summary>
    public Func<Task>? Meanwhile { get; set; }

    public override async Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken)
    {
        await base.WriteAsync(unitOfWork, cancellationToken);
        if (Meanwhile is { } others)
        {
            Meanwhile = null;
            await others();
        }

        return await base.WriteAsync(unitOfWork, cancellationToken);
    }
}
