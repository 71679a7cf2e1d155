-- SPDX-License-Identifier: Apache-2.0

-- name: insert_queued :exec
INSERT INTO queue (agent_id, id, rank, text, author_id, author_name, state, error_text,
    created_at_ms, version)
VALUES (:agent_id, :id, :rank, :text, :author_id, :author_name, :state, :error_text,
    :created_at_ms, :version);

-- name: queue_of :many
SELECT id, rank, text, author_id, author_name, state, error_text, created_at_ms, version
FROM queue WHERE agent_id = :agent_id ORDER BY rank;

-- name: set_queued_state :exec
UPDATE queue SET state = :state, error_text = :error_text, version = :version
WHERE agent_id = :agent_id AND id = :id;

-- name: delete_queued :exec
DELETE FROM queue WHERE agent_id = :agent_id AND id = :id;
