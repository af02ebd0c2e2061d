namespace Afterwit;

/// <summary>A point from which an interrupted episode can be taken up again, by the same agent or another.</summary>
/// <param name="At">When it was made.</param>
/// <param name="Steps">How many steps had been logged.</param>
/// <param name="Note">What is done and what comes next.</param>
/// <param name="State">Whatever the agent needs to go on: any text, kept as given.</param>
public sealed record Checkpoint(DateTimeOffset At, int Steps, string? Note, string? State);

/// <summary>All that is needed to take up an episode again.</summary>
/// <param name="Episode">The whole episode with every step.</param>
/// <param name="Checkpoints">Its checkpoints, the newest last.</param>
/// <param name="Relationships">Its edges, both ways.</param>
/// <param name="Advice">What the memory advises for the next step.</param>
public sealed record ResumedEpisode(Episode Episode, IReadOnlyList<Checkpoint> Checkpoints, IReadOnlyList<Relationship> Relationships, Advice Advice);
