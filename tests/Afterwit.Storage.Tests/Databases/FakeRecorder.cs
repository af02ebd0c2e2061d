namespace Afterwit.Storage.Tests.Databases;

/// <summary>Keeps what was written.</summary>
internal sealed class FakeRecorder(IDatabase inner) : DatabaseDecorator(inner)
{
    public List<Command> Commands { get; } = [];

    public override Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken)
    {
        lock (Commands)
            Commands.AddRange(unitOfWork);
        return base.WriteAsync(unitOfWork, cancellationToken);
    }
}
