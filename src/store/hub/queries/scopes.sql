-- SPDX-License-Identifier: Apache-2.0

-- name: add_scope :exec
INSERT INTO scope_state (scope, revision, snapshot) VALUES (:scope, 0, :snapshot);

-- name: get_scope :one
SELECT revision, snapshot FROM scope_state WHERE scope = :scope;

-- name: put_scope :exec
UPDATE scope_state SET revision = :revision, snapshot = :snapshot WHERE scope = :scope;

-- name: get_op :one
SELECT revision FROM scope_ops WHERE scope = :scope AND op_id = :op_id;

-- name: add_op :exec
INSERT INTO scope_ops (scope, revision, op_id, actor_id, op, at_ms)
VALUES (:scope, :revision, :op_id, :actor_id, :op, :at_ms);

-- name: oldest_op :one
-- column: revision int null
SELECT min(revision) AS revision FROM scope_ops WHERE scope = :scope;

-- name: list_ops_after :many
SELECT revision, op, actor_id, at_ms FROM scope_ops
WHERE scope = :scope AND revision > :revision ORDER BY revision;

-- name: drop_ops_until :exec
DELETE FROM scope_ops WHERE scope = :scope AND revision <= :revision;
