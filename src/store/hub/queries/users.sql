-- SPDX-License-Identifier: Apache-2.0

-- name: get_user :one
SELECT id, username, display_name, is_admin FROM users WHERE id = :id;

-- name: get_user_by_name :one
SELECT id, username, display_name, is_admin FROM users WHERE username = :username;

-- name: add_user :exec
INSERT INTO users (id, username, display_name, is_admin, created_at_ms)
VALUES (:id, :username, :display_name, :is_admin, :created_at_ms);

-- name: add_org :exec
INSERT INTO orgs (id, name, is_personal, created_at_ms)
VALUES (:id, :name, :is_personal, :created_at_ms);

-- name: add_org_member :exec
INSERT INTO org_members (org_id, user_id, role, joined_at_ms)
VALUES (:org_id, :user_id, :role, :joined_at_ms);

-- name: list_users :many
-- scan: all of them are kept in memory
SELECT id, username, display_name FROM users;

-- name: list_orgs :many
-- scan: all of them are kept in memory
SELECT id, name, is_personal FROM orgs;

-- name: list_org_members :many
-- scan: all of them are kept in memory
SELECT org_id, user_id, role FROM org_members;

-- name: get_preferences :one
SELECT version, body FROM preferences WHERE user_id = :user_id;

-- name: put_preferences :exec
-- Touches no row when the stored version is another than the one that was read.
-- param: version int
INSERT INTO preferences (user_id, version, body) VALUES (:user_id, :version + 1, :body)
ON CONFLICT (user_id) DO UPDATE SET version = excluded.version, body = excluded.body
WHERE preferences.version = :version;
