-- SPDX-License-Identifier: Apache-2.0
-- Agents with their history, input and prompts; devices; what has been obeyed.
-- Numbers of states and kinds are those of proto/leapmux/v1/agent.proto.

CREATE TABLE agents (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    title TEXT NOT NULL,               -- automatic: base title, or that of its plan
    working_dir BLOB NOT NULL,
    session_ref TEXT NOT NULL,         -- the CLI's own id
    session_used INTEGER NOT NULL CHECK (session_used BETWEEN 0 AND 2), -- enum session_use
    desired_model TEXT NOT NULL,       -- empty: the provider's own default
    desired_mode TEXT NOT NULL,
    session BLOB NOT NULL,             -- SessionInfo as last told
    turn_state INTEGER NOT NULL,
    turn_id TEXT NOT NULL,
    instance_id TEXT NOT NULL,         -- empty: no process
    error BLOB NOT NULL,               -- AgentError; empty: none
    since_ms INTEGER NOT NULL,
    state_version INTEGER NOT NULL,
    queue_paused INTEGER NOT NULL CHECK (queue_paused IN (0, 1)),
    request_hash BLOB NOT NULL,        -- of the OpenAgent that made it
    created_by TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    closed_at_ms INTEGER,              -- NULL: open
    last_seq INTEGER NOT NULL
) STRICT;

CREATE INDEX agents_open ON agents (created_at_ms, id) WHERE closed_at_ms IS NULL;

CREATE TABLE messages (
    agent_id TEXT NOT NULL REFERENCES agents (id),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    kind INTEGER NOT NULL,             -- number of the field in AgentMessage.body
    turn_id TEXT NOT NULL,
    call_id TEXT NOT NULL,
    parent_call_id TEXT NOT NULL,
    author_id TEXT NOT NULL,
    author_name TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    body BLOB NOT NULL,                -- AgentMessage without seq; packed, see agent_store.c
    raw BLOB NOT NULL,                 -- the provider's line, packed; empty: none
    text TEXT NOT NULL,                -- what a search looks at
    queue_id TEXT,                     -- of the input that it was
    PRIMARY KEY (agent_id, seq)
) STRICT;

CREATE UNIQUE INDEX messages_queue ON messages (agent_id, queue_id) WHERE queue_id IS NOT NULL;

CREATE TABLE prompts (
    id TEXT NOT NULL PRIMARY KEY,
    agent_id TEXT NOT NULL REFERENCES agents (id),
    instance_id TEXT NOT NULL,
    provider_ref TEXT NOT NULL,
    data BLOB NOT NULL,                -- what the provider needs to answer
    body BLOB NOT NULL,                -- Prompt
    state INTEGER NOT NULL,
    answer BLOB NOT NULL,              -- AnswerPromptRequest; empty: none
    answer_id TEXT NOT NULL,
    closed BLOB NOT NULL,              -- PromptClosed; empty: pending
    created_at_ms INTEGER NOT NULL,
    closed_at_ms INTEGER
) STRICT;

CREATE INDEX prompts_pending ON prompts (agent_id, created_at_ms) WHERE closed_at_ms IS NULL;

CREATE TABLE queue (
    agent_id TEXT NOT NULL REFERENCES agents (id),
    id TEXT NOT NULL,
    rank INTEGER NOT NULL,
    text TEXT NOT NULL,
    author_id TEXT NOT NULL,
    author_name TEXT NOT NULL,
    state INTEGER NOT NULL,
    error_text TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (agent_id, id)
) STRICT;

CREATE INDEX queue_order ON queue (agent_id, rank);

CREATE TABLE read_marks (
    agent_id TEXT NOT NULL REFERENCES agents (id),
    user_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (agent_id, user_id)
) STRICT;

CREATE TABLE usage (
    agent_id TEXT NOT NULL REFERENCES agents (id),
    usage_id TEXT NOT NULL,            -- the provider's message id: nothing is counted twice
    at_ms INTEGER NOT NULL,
    model TEXT NOT NULL,
    input INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cost_micro INTEGER NOT NULL,
    PRIMARY KEY (agent_id, usage_id)
) STRICT;

CREATE TABLE devices (
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    ed25519 BLOB NOT NULL,
    mldsa BLOB NOT NULL,
    name TEXT NOT NULL,
    first_seen_ms INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    paired INTEGER NOT NULL CHECK (paired IN (0, 1)),
    revoked INTEGER NOT NULL CHECK (revoked IN (0, 1)),
    PRIMARY KEY (user_id, device_id)
) STRICT;

CREATE INDEX devices_ed25519 ON devices (ed25519);
CREATE INDEX devices_mldsa ON devices (mldsa);

CREATE TABLE inbox (
    id TEXT NOT NULL PRIMARY KEY,
    at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX inbox_at ON inbox (at_ms);
