-- SPDX-License-Identifier: Apache-2.0

-- name: insert_agent :exec
INSERT INTO agents (id, workspace_id, provider, title, working_dir, session_ref, session_used,
    desired_model, desired_mode, session, turn_state, turn_id, instance_id, error, since_ms,
    state_version, queue_paused, request_hash, created_by, created_at_ms, last_seq)
VALUES (:id, :workspace_id, :provider, :title, :working_dir, :session_ref, :session_used,
    :desired_model, :desired_mode, x'', :turn_state, '', '', x'', :created_at_ms,
    1, 0, :request_hash, :created_by, :created_at_ms, 0);

-- name: agent_request :one
SELECT request_hash, closed_at_ms FROM agents WHERE id = :id;

-- name: open_agents :many
-- scan: all of them, once at start
SELECT id, workspace_id, provider, title, working_dir, session_ref, session_used, desired_model,
    desired_mode, session, turn_state, turn_id, instance_id, error, since_ms, state_version,
    queue_paused, request_hash, created_at_ms, last_seq
FROM agents WHERE closed_at_ms IS NULL ORDER BY created_at_ms, id;

-- name: set_agent_state :exec
UPDATE agents SET turn_state = :turn_state, turn_id = :turn_id, instance_id = :instance_id,
    error = :error, since_ms = :since_ms, state_version = :state_version,
    queue_paused = :queue_paused
WHERE id = :id;

-- name: set_agent_session :exec
UPDATE agents SET session_ref = :session_ref, session_used = :session_used,
    desired_model = :desired_model, desired_mode = :desired_mode, session = :session
WHERE id = :id;

-- name: set_agent_title :exec
UPDATE agents SET title = :title WHERE id = :id;

-- name: close_agent :exec
-- param: closed_at_ms int
UPDATE agents SET closed_at_ms = :closed_at_ms, instance_id = '' WHERE id = :id;
