-- name: find_backlog
-- rows: one Backlog
-- How many messages wait to be delivered, and how many were given up in the last month.
select count(*) filter (where status = 'pending')::int as pending, count(*) filter (where status = 'dead')::int as dead
from webhook_deliveries where status in ('pending', 'dead');
