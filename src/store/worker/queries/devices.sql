-- SPDX-License-Identifier: Apache-2.0

-- name: get_device :one
SELECT ed25519, mldsa, revoked FROM devices WHERE user_id = :user_id AND device_id = :device_id;

-- name: revoked_keys :one
-- Neither key of a revoked device is ever admitted again, under any id.
-- column: n int
SELECT (SELECT count(*) FROM devices WHERE ed25519 = :ed25519 AND revoked = 1)
    + (SELECT count(*) FROM devices WHERE mldsa = :mldsa AND revoked = 1) AS n;

-- name: insert_device :exec
INSERT INTO devices (user_id, device_id, ed25519, mldsa, name, first_seen_ms, last_seen_ms,
    paired, revoked)
VALUES (:user_id, :device_id, :ed25519, :mldsa, :name, :first_seen_ms, :last_seen_ms, 0, 0);

-- name: touch_device :exec
UPDATE devices SET name = :name, last_seen_ms = :last_seen_ms
WHERE user_id = :user_id AND device_id = :device_id;

-- name: insert_inbox :exec
INSERT INTO inbox (id, at_ms) VALUES (:id, :at_ms) ON CONFLICT DO NOTHING;

-- name: trim_inbox :exec
-- param: keep int
-- scan: skips the newest along their index
DELETE FROM inbox WHERE at_ms < (SELECT at_ms FROM inbox ORDER BY at_ms DESC LIMIT 1 OFFSET :keep);
