namespace Afterwit.Storage;

/// <summary>The fourth schema: a receipt knows for which episode it was asked, and an episode whether something was recalled for it.</summary>
internal static class Schema4
{
    public const string Script = """
        -- As the caller named it: no key, for there may be none of this id.
        ALTER TABLE receipts ADD COLUMN episode BLOB;
        CREATE INDEX receipts_by_episode ON receipts(episode, at) WHERE episode IS NOT NULL;

        -- What is asked for an episode is mostly its task.
        CREATE TRIGGER receipts_go_with_their_episode AFTER DELETE ON episodes BEGIN
            DELETE FROM receipts WHERE episode = old.id;
        END;

        -- Set when an episode ends that something was recalled for: whether it counts as a success. Not known of those that ended before.
        ALTER TABLE episodes ADD COLUMN success_with_recall INTEGER;
        CREATE INDEX episodes_with_recall ON episodes(domain, success_with_recall) WHERE success_with_recall IS NOT NULL;
        """;
}
