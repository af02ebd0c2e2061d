namespace Afterwit.Storage;

/// <summary>What `afterwit doctor --json` prints.</summary>
internal sealed record DoctorJson(
    string Database, string Engine, int Schema, string Integrity, long Bytes, long FreeBytes, IReadOnlyList<DoctorObjectJson> Objects, IReadOnlyList<DoctorPlanJson> Plans, IReadOnlyList<string> Advice)
{
    /// <summary>Examines the database of an open memory; see <see cref="Doctor"/>.</summary>
    public static async Task<DoctorJson> ExamineAsync(AgentMemory memory, TimeProvider time, ExaminationDepth depth, CancellationToken cancellationToken)
    {
        var database = MemoryParts.DatabaseOf(memory);
        var found = await Doctor.ExamineAsync(database, time, depth, cancellationToken).ConfigureAwait(false);
        return new(
            database.Name, MemoryParts.EngineOf(database), found.Schema, found.Integrity, found.Bytes, found.FreeBytes,
            [.. found.Objects.Select(o => new DoctorObjectJson(o.Name, o.Index, o.Bytes, o.UsedBy))],
            [.. found.Plans.Select(p => new DoctorPlanJson(p.Statement.Operation, p.Statement.Sql, p.Steps, [.. p.Problems]))],
            found.Advice);
    }
}

/// <summary>A table, or an index of one.</summary>
internal sealed record DoctorObjectJson(string Name, string? Table, long? Bytes, int? UsedBy);

/// <summary>How a statement is run.</summary>
internal sealed record DoctorPlanJson(string Operation, string Sql, IReadOnlyList<string> Steps, IReadOnlyList<string> Problems);
