-- name: list_localities
-- rows: many Locality
-- The localities of a destination after an id, in the order of their ids.
select id, code, name, version from localities where omd_id = :omd_id and id > :after_id order by id limit :limit;

-- name: add_locality
-- rows: one Locality
-- Adds a locality.
insert into localities (omd_id, code, name) values (:omd_id, :code, :name) returning id, code, name, version;

-- name: lock_locality
-- rows: maybe Locality
-- A locality that is going to be changed.
select id, code, name, version from localities where omd_id = :omd_id and id = :locality_id for update;

-- name: find_locality
-- rows: maybe Locality
-- A locality of a destination.
select id, code, name, version from localities where omd_id = :omd_id and id = :locality_id;

-- name: rename_locality
-- rows: one Locality
-- Gives a locality another name.
update localities set name = :name, version = version + 1 where omd_id = :omd_id and id = :locality_id
returning id, code, name, version;

-- name: find_locality_of_hotel
-- rows: maybe Locality
-- The locality a hotel lies in.
select l.id, l.code, l.name, l.version
from business_localities b
join localities l on l.omd_id = b.omd_id and l.id = b.locality_id
where b.omd_id = :omd_id and b.business_id = :business_id;

-- name: put_hotel_into_locality
-- rows: none
-- Says in which locality a hotel lies.
insert into business_localities (omd_id, business_id, locality_id) values (:omd_id, :business_id, :locality_id)
on conflict (omd_id, business_id) do update set locality_id = excluded.locality_id;

-- name: take_hotel_out_of_locality
-- rows: none
-- Says that a hotel lies in no locality.
delete from business_localities where omd_id = :omd_id and business_id = :business_id;

-- name: find_tax_rules
-- rows: many KeptRule
-- The rules that hold on some day of [starts_on, ends_on): a hotel's own with those of its locality and destination; without a hotel, all of the destination and its localities. A null date is no bound.
select id, level, code, name, basis, placement, value, since, until, kinds, min_age, max_age, max_nights,
       spares_countries, only_countries, business_id, locality_id, version
from list_tax_rules(:omd_id, :business_id::int, :starts_on::date, :ends_on::date)
order by id;

-- name: lock_tax_rule
-- rows: maybe KeptRule
-- A rule of a hotel, or without a hotel of the destination or a locality, that is going to be changed.
select r.id,
       case when r.business_id is not null then 'hotel' when r.locality_id is not null then 'locality' else 'destination' end as level,
       r.code, r.name, r.basis, r.placement, r.value, r.since, r.until, r.kinds, r.min_age, r.max_age, r.max_nights,
       r.spares_countries, r.only_countries, r.business_id, r.locality_id, r.version
from tax_rules r
where r.omd_id = :omd_id and r.business_id is not distinct from :business_id::int and r.id = :rule_id
for update;

-- name: add_tax_rule
-- rows: value
-- Adds a rule and returns its id.
insert into tax_rules (omd_id, business_id, locality_id, code, name, basis, placement, value, since, until, kinds, min_age, max_age,
                       max_nights, spares_countries, only_countries)
values (:omd_id, :business_id, :locality_id, :code, :name, :basis, :placement, :value, :since, :until, :kinds, :min_age, :max_age,
        :max_nights, :spares_countries, :only_countries)
returning id;

-- name: change_tax_rule
-- rows: none
-- Rewrites the terms of a rule.
update tax_rules
set name = :name, basis = :basis, placement = :placement, value = :value, since = :since, until = :until, kinds = :kinds,
    min_age = :min_age, max_age = :max_age, max_nights = :max_nights, spares_countries = :spares_countries,
    only_countries = :only_countries, version = version + 1
where omd_id = :omd_id and id = :rule_id;

-- name: end_tax_rule
-- rows: none
-- Says on which day a rule does not hold any more; null for none that is known.
update tax_rules set until = :until, version = version + 1 where omd_id = :omd_id and id = :rule_id;

-- name: delete_tax_rule
-- rows: none
-- Takes a rule away that never held.
delete from tax_rules where omd_id = :omd_id and id = :rule_id;

-- name: find_latest_date
-- rows: value
-- The latest of the days on which a hotel, or without one any hotel of the destination, works now; nothing without hotels.
select max(coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date)) as latest
from businesses b
where b.omd_id = :omd_id and (:business_id::int is null or b.id = :business_id::int);
