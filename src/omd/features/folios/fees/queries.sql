-- name: add_fee
-- rows: none
-- Writes down what a stay owes by the policy it was sold under, where that is not written down yet.
insert into stay_fees (omd_id, business_id, reservation_id, kind, ended_at, policy_id, owed)
values (:omd_id, :business_id, :reservation_id, :kind, :ended_at, :policy_id, :owed)
on conflict (omd_id, business_id, reservation_id, kind, ended_at) do nothing;

-- name: lock_fee
-- rows: one StayFee
-- The fee of a stay that is going to be charged or waived.
select f.reservation_id, f.kind, f.ended_at, f.policy_id, f.owed, f.waived, f.reason, f.waived_at, f.waived_by, f.entry_id,
       f.charged_at, f.charged_by
from stay_fees f
where f.omd_id = :omd_id and f.business_id = :business_id and f.reservation_id = :reservation_id and f.kind = :kind
  and f.ended_at = :ended_at
for update;

-- name: list_fees
-- rows: many StayFee
-- The fees of a stay that were charged or waived, in the order in which they came to be owed.
select f.reservation_id, f.kind, f.ended_at, f.policy_id, f.owed, f.waived, f.reason, f.waived_at, f.waived_by, f.entry_id,
       f.charged_at, f.charged_by
from stay_fees f
where f.omd_id = :omd_id and f.business_id = :business_id and f.reservation_id = :reservation_id
order by f.ended_at;

-- name: waive_fee
-- rows: none
-- Writes down what is not to be charged of a fee.
update stay_fees set waived = :waived, reason = :reason, waived_at = :now, waived_by = :actor
where omd_id = :omd_id and business_id = :business_id and reservation_id = :reservation_id and kind = :kind
  and ended_at = :ended_at;

-- name: charge_fee
-- rows: none
-- Writes down which entry charged a fee.
update stay_fees set entry_id = :entry_id, charged_at = :now, charged_by = :actor
where omd_id = :omd_id and business_id = :business_id and reservation_id = :reservation_id and kind = :kind
  and ended_at = :ended_at;
