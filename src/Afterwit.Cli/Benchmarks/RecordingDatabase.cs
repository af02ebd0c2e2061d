using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>Keeps the units of work that pass, so that the very same rows can be written again without anything around them.</summary>
internal sealed class RecordingDatabase(IDatabase inner) : DatabaseDecorator(inner)
{
    public List<IReadOnlyList<Command>> Units { get; } = [];

    public override Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken)
    {
        Units.Add(unitOfWork);
        return base.WriteAsync(unitOfWork, cancellationToken);
    }
}
