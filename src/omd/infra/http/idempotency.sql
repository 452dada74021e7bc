-- name: claim_key
-- rows: value
-- Claims an Idempotency-Key for a request; waits for a twin under way, gives nothing when the key is taken, and takes over a key older than a day.
insert into idempotency_keys as k (omd_id, actor, key, request_hash)
values (:omd_id, :actor, :key, :request_hash)
on conflict (omd_id, actor, key) do update
    set request_hash = excluded.request_hash, created_at = now(), status = null, headers = null, body = null
    where k.created_at < now() - interval '24 hours'
returning true;

-- name: find_answer
-- rows: one StoredAnswer
-- The answer stored under a key, with the hash of the request it was given to.
select request_hash, status, headers, body
from idempotency_keys
where omd_id = :omd_id and actor = :actor and key = :key;

-- name: store_answer
-- rows: none
-- Stores the complete answer beside the work it reports.
update idempotency_keys set status = :status, headers = :headers, body = :body
where omd_id = :omd_id and actor = :actor and key = :key;
