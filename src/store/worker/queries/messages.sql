-- SPDX-License-Identifier: Apache-2.0

-- name: next_seq :one
-- The number of the next message: without gaps, since an undone job undoes this too.
-- column: last_seq int
UPDATE agents SET last_seq = last_seq + 1 WHERE id = :id RETURNING last_seq;

-- name: insert_message :exec
INSERT INTO messages (agent_id, seq, kind, turn_id, call_id, parent_call_id, author_id,
    author_name, at_ms, body, raw, text, queue_id)
VALUES (:agent_id, :seq, :kind, :turn_id, :call_id, :parent_call_id, :author_id,
    :author_name, :at_ms, :body, :raw, :text, :queue_id);

-- name: messages_after :many
-- param: after_seq int
-- param: max int
-- column: has_raw int
SELECT seq, body, raw <> x'' AS has_raw FROM messages
WHERE agent_id = :agent_id AND seq > :after_seq ORDER BY seq LIMIT :max;

-- name: messages_before :many
-- param: before_seq int
-- param: max int
-- column: has_raw int
SELECT seq, body, raw <> x'' AS has_raw FROM messages
WHERE agent_id = :agent_id AND seq < :before_seq ORDER BY seq DESC LIMIT :max;

-- name: message_raw :one
SELECT raw FROM messages WHERE agent_id = :agent_id AND seq = :seq;

-- name: message_of_input :one
SELECT seq, body FROM messages WHERE agent_id = :agent_id AND queue_id = :queue_id;

-- name: insert_usage :exec
INSERT INTO usage (agent_id, usage_id, at_ms, model, input, cache_read, cache_write, output,
    cost_micro)
VALUES (:agent_id, :usage_id, :at_ms, :model, :input, :cache_read, :cache_write, :output,
    :cost_micro)
ON CONFLICT DO NOTHING;

-- name: set_read_mark :exec
INSERT INTO read_marks (agent_id, user_id, seq) VALUES (:agent_id, :user_id, :seq)
ON CONFLICT (agent_id, user_id) DO UPDATE SET seq = max(seq, excluded.seq);

-- name: read_marks_of :many
SELECT user_id, seq FROM read_marks WHERE agent_id = :agent_id;
