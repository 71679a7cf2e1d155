-- SPDX-License-Identifier: Apache-2.0

-- name: get_setting :one
SELECT value FROM settings WHERE key = :key;

-- name: put_setting :exec
INSERT INTO settings (key, value, changed_at_ms) VALUES (:key, :value, :changed_at_ms)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at_ms = excluded.changed_at_ms;
