namespace Afterwit.Storage;

/// <summary>The second schema: writes leave their number, by which one that is sent again because its answer was lost is recognised. Imported steps have none.</summary>
internal static class Schema2
{
    public const string Script = """
        ALTER TABLE episodes ADD COLUMN write_id INTEGER;
        ALTER TABLE steps ADD COLUMN write_id INTEGER;
        ALTER TABLE checkpoints ADD COLUMN write_id INTEGER;
        CREATE INDEX steps_by_write ON steps(write_id) WHERE write_id IS NOT NULL;
        """;
}
