-- name: find_rules
-- rows: maybe RulesRow
-- What a hotel asks for, where it said so itself.
select r.rules::text, r.blocks_check_in, r.series from registration_rules r where r.omd_id = :omd_id and r.business_id = :business_id;

-- name: put_rules
-- rows: none
-- Says what a hotel asks for.
insert into registration_rules (omd_id, business_id, rules, blocks_check_in, series)
values (:omd_id, :business_id, :rules::jsonb, :blocks_check_in, :series)
on conflict (omd_id, business_id) do update
    set rules = excluded.rules, blocks_check_in = excluded.blocks_check_in, series = excluded.series;

-- name: number_forms
-- rows: many FormNumber
-- The numbers of a stay's forms in the hotel's series, given now where they have none; nothing in a hotel without a series.
select place, series, number from number_forms(:omd_id, :business_id, :reservation_id, :forms, :actor, :now);

-- name: list_guests
-- rows: many GuestRow
-- The guests of a stay as their forms need them, by these rules, the primary guest first; document numbers encrypted.
select g.id, g.last_name, g.first_name, g.date_of_birth, g.place_of_birth, g.citizenship, g.address, g.country, g.document_type,
       g.document_number, g.document_country, g.email, g.phone, g.arrives_on, g.leaves_on,
       registration_fields(g.country, :rules::jsonb)::text as fields, registration_gaps(g, :rules::jsonb) as missing
from reservation_guests g
where g.omd_id = :omd_id and g.business_id = :business_id and g.reservation_id = :reservation_id
order by g.is_primary desc, g.id;
