-- name: keep_answer
-- rows: value
-- Keeps the answer to a request under its key, beside the work it reports; waits for a twin under way, gives nothing when the key has an answer, and takes over a key older than a day.
insert into idempotency_keys as k (omd_id, actor, key, request_hash, status, headers, body)
values (:omd_id, :actor, :key, :request_hash, :status, :headers, :body)
on conflict (omd_id, actor, key) do update
    set request_hash = excluded.request_hash, created_at = now(), status = excluded.status, headers = excluded.headers,
        body = excluded.body
    where k.created_at < now() - interval '24 hours'
returning true;

-- name: find_answer
-- rows: one StoredAnswer
-- The answer stored under a key, with the hash of the request it was given to.
select request_hash, status, headers, body
from idempotency_keys
where omd_id = :omd_id and actor = :actor and key = :key;
