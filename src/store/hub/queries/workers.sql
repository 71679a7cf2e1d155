-- SPDX-License-Identifier: Apache-2.0

-- name: add_worker :exec
INSERT INTO workers (id, org_id, name, registered_by, is_local, created_at_ms)
VALUES (:id, :org_id, :name, :registered_by, :is_local, :created_at_ms);

-- name: list_workers :many
-- scan: all of them are kept in memory
SELECT id, org_id, name, registered_by, is_shared, is_local, identity, certificate, epoch, os, arch,
       version, seen_at_ms
FROM workers ORDER BY created_at_ms, id;

-- name: put_worker_link :exec
-- What a Worker said of itself when it came.
-- param: version text
UPDATE workers SET name = :name, identity = :identity, certificate = :certificate, epoch = :epoch,
    os = :os, arch = :arch, version = :version, seen_at_ms = :seen_at_ms
WHERE id = :id;

-- name: put_worker_seen :exec
UPDATE workers SET seen_at_ms = :seen_at_ms WHERE id = :id;

-- name: add_notification :exec
INSERT INTO worker_notifications (id, worker_id, payload, tab_id, created_at_ms)
VALUES (:id, :worker_id, :payload, :tab_id, :created_at_ms);

-- name: drop_notification :exec
DELETE FROM worker_notifications WHERE id = :id;

-- name: drop_notifications_of_tab :exec
-- A tab that is back takes its pending orders with it.
DELETE FROM worker_notifications WHERE tab_id = :tab_id;

-- name: list_notifications :many
-- scan: all of them are kept in memory
SELECT id, worker_id, payload, tab_id FROM worker_notifications ORDER BY number;
