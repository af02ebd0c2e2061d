namespace Afterwit.Cli;

/// <summary>What `afterwit doctor --json` prints.</summary>
internal sealed record DoctorJson(
    string Database, string Engine, int Schema, string Integrity, long Bytes, long FreeBytes, IReadOnlyList<DoctorObjectJson> Objects, IReadOnlyList<DoctorPlanJson> Plans, IReadOnlyList<string> Advice);

/// <summary>A table, or an index of one.</summary>
internal sealed record DoctorObjectJson(string Name, string? Table, long? Bytes, int? UsedBy);

/// <summary>How a statement is run.</summary>
internal sealed record DoctorPlanJson(string Operation, string Sql, IReadOnlyList<string> Steps, IReadOnlyList<string> Problems);
