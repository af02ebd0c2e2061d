namespace Afterwit.Storage;

/// <summary>
/// The third schema: the steps of a finished episode are packed into few rows, compressed; edges have priority, weight and metadata; embeddings; what a cache has to know
/// between processes. Rows of earlier releases stay as they are until `afterwit db compress` packs them.
/// </summary>
internal static class Schema3
{
    public const string Script = """
        -- Set when the steps are packed. Until then they are counted by their keys.
        ALTER TABLE episodes ADD COLUMN step_count INTEGER;

        -- A run of steps of a finished episode; the key is that of the first. One pack of an episode also holds its summary, reward and reflection.
        CREATE TABLE step_packs(key INTEGER PRIMARY KEY, raw_bytes INTEGER NOT NULL, payload BLOB NOT NULL);

        -- No key can refer to the steps of an episode.
        CREATE TRIGGER step_packs_go_with_their_episode AFTER DELETE ON episodes BEGIN
            DELETE FROM step_packs WHERE key >= old.key << 20 AND key < (old.key + 1) << 20;
        END;

        -- An episode that ends has to be what was learned from: content_hash is of the head alone while it runs, hash of one step. Those of earlier releases have none.
        ALTER TABLE steps ADD COLUMN hash INTEGER;

        -- The number of the write that appended the last step, once its row is gone.
        ALTER TABLE episodes ADD COLUMN last_append INTEGER;

        -- What all packs hold together, and what was written since it was last decided whether to train a dictionary.
        ALTER TABLE totals ADD COLUMN packs INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE totals ADD COLUMN raw_bytes INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE totals ADD COLUMN stored_bytes INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE totals ADD COLUMN new_packs INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE totals ADD COLUMN new_raw_bytes INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE totals ADD COLUMN new_stored_bytes INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE totals ADD COLUMN decisions INTEGER NOT NULL DEFAULT 0;

        -- Lists are given by time, so each index of a filter ends with the time.
        CREATE INDEX episodes_by_agent ON episodes(agent, started_at) WHERE agent IS NOT NULL;
        CREATE INDEX episodes_by_user ON episodes(user, started_at) WHERE user IS NOT NULL;
        CREATE INDEX episodes_by_run ON episodes(run, started_at) WHERE run IS NOT NULL;

        -- The best supported pattern first, of a kind, of a domain, or of all.
        DROP INDEX patterns_by_support;
        CREATE INDEX patterns_by_kind ON patterns(kind, successes + failures DESC, id);
        CREATE INDEX patterns_by_domain ON patterns(domain, successes + failures DESC, id) WHERE domain IS NOT NULL;
        CREATE INDEX patterns_by_support ON patterns(successes + failures DESC, id);

        -- The newest evidence of each side: one id of an episode and one step in seven digits behind the other. Rows of its own were two thirds of all that a run writes.
        ALTER TABLE patterns ADD COLUMN succeeded_in BLOB NOT NULL DEFAULT x'';
        ALTER TABLE patterns ADD COLUMN failed_in BLOB NOT NULL DEFAULT x'';
        UPDATE patterns SET succeeded_in = coalesce(CAST(v.succeeded_in AS BLOB), x''), failed_in = coalesce(CAST(v.failed_in AS BLOB), x'') FROM (
            SELECT pattern, group_concat(entry, '') FILTER (WHERE success) AS succeeded_in, group_concat(entry, '') FILTER (WHERE NOT success) AS failed_in FROM (
                SELECT s.pattern, s.success, e.id || printf('%07d', s.step) AS entry FROM pattern_evidence s JOIN patterns p ON p.id = s.pattern JOIN episodes e ON e.key = s.episode
                ORDER BY s.pattern, (CASE WHEN s.success THEN p.successes ELSE p.failures END - s.slot + 16) % 8)
            GROUP BY pattern) v
        WHERE v.pattern = patterns.id;
        DROP TABLE pattern_evidence;

        -- What compresses packs. None is ever removed: another process may be writing with it. ratio: raw to stored bytes at first, 0 until it is known; packs: how many there were then.
        CREATE TABLE dictionaries(
            id INTEGER PRIMARY KEY,
            content BLOB NOT NULL,
            ratio REAL NOT NULL DEFAULT 0,
            packs INTEGER NOT NULL,
            trained_at INTEGER NOT NULL);

        -- A key is never given twice, and a vector that is replaced gets a new one: who knows all up to a key reads the rest by it.
        CREATE TABLE embeddings(
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            episode INTEGER NOT NULL REFERENCES episodes(key) ON DELETE CASCADE,
            model TEXT NOT NULL,
            vector BLOB NOT NULL,
            UNIQUE(episode, model));
        CREATE INDEX embeddings_by_model ON embeddings(model);

        ALTER TABLE relationships ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE relationships ADD COLUMN weight REAL NOT NULL DEFAULT 1;
        ALTER TABLE relationships ADD COLUMN metadata TEXT;

        -- The items that the last process used most: the next one begins with them in its cache.
        CREATE TABLE hot_items(kind INTEGER NOT NULL, id BLOB NOT NULL, rank INTEGER NOT NULL, PRIMARY KEY(kind, id)) WITHOUT ROWID;

        -- One row for each process that writes to a server: a sum that moved without us tells that another one wrote.
        CREATE TABLE writers(id INTEGER PRIMARY KEY, commits INTEGER NOT NULL, at INTEGER NOT NULL);
        """;
}
