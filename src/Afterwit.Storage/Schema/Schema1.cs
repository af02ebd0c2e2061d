namespace Afterwit.Storage;

/// <summary>The schema of release 0.1. A step's key holds its episode's key and its ordinal, so that the steps of an episode lie together and need no other index.</summary>
internal static class Schema1
{
    public const string Script = """
        CREATE TABLE episodes(
            key INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            source_id TEXT,
            content_hash INTEGER,
            task TEXT NOT NULL,
            project TEXT, agent TEXT, user TEXT, run TEXT,
            domain TEXT, language TEXT, framework TEXT, complexity TEXT,
            status INTEGER NOT NULL,
            summary TEXT, score REAL,
            reward REAL, reward_parts TEXT, reflection TEXT,
            started_at INTEGER NOT NULL, ended_at INTEGER,
            helped INTEGER NOT NULL DEFAULT 0, hurt INTEGER NOT NULL DEFAULT 0);
        CREATE UNIQUE INDEX episodes_by_source ON episodes(source_id) WHERE source_id IS NOT NULL;
        CREATE INDEX episodes_by_time ON episodes(started_at);
        CREATE INDEX episodes_by_status ON episodes(status, started_at);
        CREATE INDEX episodes_by_domain ON episodes(domain, started_at) WHERE domain IS NOT NULL;
        CREATE INDEX episodes_by_project ON episodes(project, started_at) WHERE project IS NOT NULL;

        CREATE TABLE episode_tags(
            episode INTEGER NOT NULL REFERENCES episodes(key) ON DELETE CASCADE,
            tag TEXT NOT NULL,
            PRIMARY KEY(episode, tag)) WITHOUT ROWID;
        CREATE INDEX episode_tags_by_tag ON episode_tags(tag, episode);

        -- The columns of the primary key come first: PRAGMA integrity_check of SQLite 3.40 takes others for NULL.
        CREATE TABLE episode_metadata(
            episode INTEGER NOT NULL REFERENCES episodes(key) ON DELETE CASCADE,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY(episode, key)) WITHOUT ROWID;
        CREATE INDEX episode_metadata_by_key ON episode_metadata(key, value, episode);

        CREATE TABLE steps(
            key INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL,
            speaker TEXT, text TEXT,
            tool TEXT, arguments TEXT, observation TEXT,
            is_error INTEGER NOT NULL, error_class TEXT,
            latency_ms INTEGER, tokens INTEGER, at INTEGER,
            from_memory INTEGER NOT NULL);

        CREATE VIRTUAL TABLE task_index USING fts5(terms, content='', columnsize=0, detail=none, tokenize='ascii');
        CREATE VIRTUAL TABLE step_index USING fts5(terms, content='', columnsize=0, detail=none, tokenize='ascii');

        -- Of finished episodes: counting them anew would read the whole table.
        CREATE TABLE totals(episodes INTEGER NOT NULL, steps INTEGER NOT NULL, task_terms INTEGER NOT NULL);
        INSERT INTO totals VALUES (0, 0, 0);

        CREATE TABLE patterns(
            id INTEGER PRIMARY KEY,
            condition_id INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            domain TEXT,
            condition TEXT NOT NULL,
            action TEXT NOT NULL,
            successes INTEGER NOT NULL, failures INTEGER NOT NULL, errors INTEGER NOT NULL,
            first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
            retired INTEGER NOT NULL DEFAULT 0);
        CREATE INDEX patterns_by_condition ON patterns(condition_id);
        CREATE INDEX patterns_by_support ON patterns(kind, successes + failures);

        CREATE TABLE pattern_agents(
            pattern INTEGER NOT NULL REFERENCES patterns(id) ON DELETE CASCADE,
            agent TEXT NOT NULL,
            successes INTEGER NOT NULL, failures INTEGER NOT NULL,
            PRIMARY KEY(pattern, agent)) WITHOUT ROWID;

        CREATE TABLE pattern_evidence(
            pattern INTEGER NOT NULL REFERENCES patterns(id) ON DELETE CASCADE,
            slot INTEGER NOT NULL,
            episode INTEGER NOT NULL REFERENCES episodes(key) ON DELETE CASCADE,
            success INTEGER NOT NULL,
            step INTEGER NOT NULL,
            PRIMARY KEY(pattern, slot)) WITHOUT ROWID;
        CREATE INDEX pattern_evidence_by_episode ON pattern_evidence(episode);

        CREATE TABLE relationships(
            source INTEGER NOT NULL REFERENCES episodes(key) ON DELETE CASCADE,
            kind INTEGER NOT NULL,
            target INTEGER NOT NULL REFERENCES episodes(key) ON DELETE CASCADE,
            note TEXT,
            at INTEGER NOT NULL,
            PRIMARY KEY(source, kind, target)) WITHOUT ROWID;
        CREATE INDEX relationships_by_target ON relationships(target, kind);

        CREATE TABLE checkpoints(
            key INTEGER PRIMARY KEY,
            episode INTEGER NOT NULL REFERENCES episodes(key) ON DELETE CASCADE,
            at INTEGER NOT NULL, steps INTEGER NOT NULL, note TEXT, state TEXT);
        CREATE INDEX checkpoints_by_episode ON checkpoints(episode);

        CREATE TABLE receipts(
            id BLOB PRIMARY KEY,
            at INTEGER NOT NULL, query TEXT NOT NULL, tokens INTEGER NOT NULL,
            success INTEGER, feedback_at INTEGER) WITHOUT ROWID;
        CREATE TABLE receipt_items(
            receipt BLOB NOT NULL REFERENCES receipts(id) ON DELETE CASCADE,
            rank INTEGER NOT NULL,
            type INTEGER NOT NULL, item TEXT NOT NULL, episode BLOB, score REAL NOT NULL, terms TEXT NOT NULL,
            used INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY(receipt, rank)) WITHOUT ROWID;
        """;
}
