-- SPDX-License-Identifier: Apache-2.0

-- name: add_session :exec
INSERT INTO sessions (id, token_hash, user_id, created_at_ms, seen_at_ms, expires_at_ms)
VALUES (:id, :token_hash, :user_id, :created_at_ms, :created_at_ms, :expires_at_ms);

-- name: list_sessions :many
-- scan: all of them are kept in memory
SELECT id, token_hash, user_id, created_at_ms, expires_at_ms FROM sessions;

-- name: slide_session :exec
UPDATE sessions SET seen_at_ms = :seen_at_ms, expires_at_ms = :expires_at_ms WHERE id = :id;

-- name: drop_old_sessions :exec
-- param: now_ms int
DELETE FROM sessions WHERE expires_at_ms <= :now_ms;

-- name: drop_oldest_sessions :exec
-- All of a user's but the newest.
-- param: keep int
DELETE FROM sessions WHERE id IN (
    SELECT id FROM sessions WHERE user_id = :user_id ORDER BY created_at_ms DESC, id
    LIMIT -1 OFFSET :keep);
