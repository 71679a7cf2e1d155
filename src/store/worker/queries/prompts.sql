-- SPDX-License-Identifier: Apache-2.0

-- name: insert_prompt :exec
INSERT INTO prompts (id, agent_id, instance_id, provider_ref, data, body, state, answer, answer_id,
    closed, created_at_ms)
VALUES (:id, :agent_id, :instance_id, :provider_ref, :data, :body, :state, x'', '', x'',
    :created_at_ms);

-- name: pending_prompts :many
SELECT id, body, provider_ref, instance_id FROM prompts
WHERE agent_id = :agent_id AND closed_at_ms IS NULL ORDER BY created_at_ms;

-- name: close_prompt :exec
-- Only a pending one: the first answer wins.
-- param: closed_at_ms int
UPDATE prompts SET state = :state, answer = :answer, answer_id = :answer_id, closed = :closed,
    closed_at_ms = :closed_at_ms
WHERE id = :id AND agent_id = :agent_id AND closed_at_ms IS NULL;

-- name: get_prompt :one
SELECT state, answer_id, closed FROM prompts WHERE id = :id AND agent_id = :agent_id;
