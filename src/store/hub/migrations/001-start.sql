-- SPDX-License-Identifier: Apache-2.0
-- Who exists, who may do what, and where tabs stand. Ids are text, times are Unix milliseconds.

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    is_admin INTEGER NOT NULL DEFAULT 0 CHECK (is_admin IN (0, 1)),
    created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at_ms INTEGER NOT NULL,
    seen_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at_ms);

CREATE TABLE orgs (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    is_personal INTEGER NOT NULL CHECK (is_personal IN (0, 1)),
    created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE org_members (
    org_id TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    joined_at_ms INTEGER NOT NULL,
    PRIMARY KEY (org_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX org_members_by_user ON org_members (user_id);

-- identity, certificate and epoch are empty until the Worker's first link.
CREATE TABLE workers (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    name TEXT NOT NULL,
    registered_by TEXT NOT NULL REFERENCES users (id),
    is_shared INTEGER NOT NULL DEFAULT 0 CHECK (is_shared IN (0, 1)),
    is_local INTEGER NOT NULL DEFAULT 0 CHECK (is_local IN (0, 1)),
    identity BLOB,
    certificate BLOB,
    epoch INTEGER NOT NULL DEFAULT 0,
    os TEXT NOT NULL DEFAULT '',
    arch TEXT NOT NULL DEFAULT '',
    version TEXT NOT NULL DEFAULT '',
    created_at_ms INTEGER NOT NULL,
    seen_at_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX workers_by_org ON workers (org_id);

-- Orders that a Worker has not acknowledged yet, in the order of number.
CREATE TABLE worker_notifications (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    worker_id TEXT NOT NULL REFERENCES workers (id) ON DELETE CASCADE,
    payload BLOB NOT NULL,
    tab_id TEXT,
    created_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX worker_notifications_by_worker ON worker_notifications (worker_id, number);
CREATE INDEX worker_notifications_by_tab ON worker_notifications (tab_id);

CREATE TABLE workspaces (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    owner_id TEXT NOT NULL REFERENCES users (id),
    title TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'archived', 'deleted')),
    created_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX workspaces_by_org ON workspaces (org_id, created_at_ms, id);

-- The state of a scope with a layout, and the ops that led to it.
CREATE TABLE scope_state (
    scope TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    snapshot BLOB NOT NULL
) STRICT;

CREATE TABLE scope_ops (
    scope TEXT NOT NULL,
    revision INTEGER NOT NULL,
    op_id TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    op BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (scope, revision)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX scope_ops_by_id ON scope_ops (scope, op_id);

-- What the layouts say about tabs, for rights and inventories.
CREATE TABLE workspace_tabs (
    tab_id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    worker_id TEXT NOT NULL,
    kind INTEGER NOT NULL
) STRICT;
CREATE INDEX workspace_tabs_by_workspace ON workspace_tabs (workspace_id);
CREATE INDEX workspace_tabs_by_worker ON workspace_tabs (worker_id);

CREATE TABLE preferences (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    changed_at_ms INTEGER NOT NULL
) STRICT;
