-- name: purge_answers
-- rows: none
-- Deletes the oldest answers kept for retried requests from before an instant, at most as many as given.
delete from idempotency_keys k
using (select omd_id, actor, key from idempotency_keys
       where created_at < :before order by created_at limit :batch) old
where k.omd_id = old.omd_id and k.actor = old.actor and k.key = old.key;
