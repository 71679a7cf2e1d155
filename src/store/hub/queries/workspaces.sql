-- SPDX-License-Identifier: Apache-2.0

-- name: add_workspace :exec
INSERT INTO workspaces (id, org_id, owner_id, title, created_at_ms)
VALUES (:id, :org_id, :owner_id, :title, :created_at_ms);

-- name: get_workspace :one
SELECT id, org_id, owner_id, title, created_at_ms FROM workspaces WHERE id = :id;

-- name: count_workspaces :one
-- column: n int
SELECT count(*) AS n FROM workspaces WHERE org_id = :org_id;

-- name: list_workspaces :many
-- scan: all of them are kept in memory
SELECT id, org_id, owner_id, title, state, created_at_ms FROM workspaces
WHERE state <> 'deleted' ORDER BY created_at_ms, id;

-- name: rename_workspace :exec
UPDATE workspaces SET title = :title WHERE id = :id;

-- name: list_tabs :many
-- scan: all of them are kept in memory
SELECT tab_id, workspace_id, worker_id, kind FROM workspace_tabs;

-- name: get_tab :one
SELECT workspace_id, worker_id FROM workspace_tabs WHERE tab_id = :tab_id;

-- name: add_tab :exec
INSERT INTO workspace_tabs (tab_id, workspace_id, worker_id, kind)
VALUES (:tab_id, :workspace_id, :worker_id, :kind);

-- name: drop_tab :exec
DELETE FROM workspace_tabs WHERE tab_id = :tab_id;
