-- name: add_profile
-- rows: value
-- Adds a profile and gives its id.
insert into guest_profiles (omd_id, business_id, first_name, last_name, email, phone, language, country, date_of_birth, company,
                            vip_code, note, preferences, room_wishes, marketing_consent_at, created_at, created_by, changed_at)
values (:omd_id, :business_id, :first_name, :last_name, :email, :phone, :language, :country, :date_of_birth, :company,
        :vip_code, :note, :preferences, :room_wishes::jsonb, :marketing_consent_at, :now, :actor, :now)
returning id;

-- name: change_profile
-- rows: none
-- Writes what is known of a guest anew.
update guest_profiles
set first_name = :first_name, last_name = :last_name, email = :email, phone = :phone, language = :language, country = :country,
    date_of_birth = :date_of_birth, company = :company, vip_code = :vip_code, note = :note, preferences = :preferences, room_wishes = :room_wishes::jsonb,
    marketing_consent_at = :marketing_consent_at, changed_at = :now, version = version + 1
where omd_id = :omd_id and business_id = :business_id and id = :profile_id;

-- name: find_profile
-- rows: maybe ProfileRow
-- A profile of a hotel.
select p.id, p.business_id, p.first_name, p.last_name, p.email, p.phone, p.language, p.country, p.date_of_birth, p.company, p.vip_code,
       p.note, p.preferences, p.marketing_consent_at, p.created_at, p.created_by, p.changed_at, p.version, p.merged_into, p.erased_at,
       p.room_wishes::text as room_wishes
from guest_profiles p
where p.omd_id = :omd_id and p.business_id = :business_id and p.id = :profile_id;

-- name: lock_profile
-- rows: maybe ProfileRow
-- The same, and locks it for a change.
select p.id, p.business_id, p.first_name, p.last_name, p.email, p.phone, p.language, p.country, p.date_of_birth, p.company, p.vip_code,
       p.note, p.preferences, p.marketing_consent_at, p.created_at, p.created_by, p.changed_at, p.version, p.merged_into, p.erased_at,
       p.room_wishes::text as room_wishes
from guest_profiles p
where p.omd_id = :omd_id and p.business_id = :business_id and p.id = :profile_id
for update;

-- name: search_profiles
-- rows: many ProfileRow
-- Profiles of a hotel of which a name, the e-mail address or the phone begins with a text; by name.
with sought as materialized (
    select search_key(:search) as key, search_key(:search) || U&'\+10FFFF' as key_end,
           phone_key(:search) as phone, phone_key(:search) || ':' as phone_end),
found as (
    select p.id from sought s join guest_profiles p on p.name_key >= s.key and p.name_key < s.key_end
    where p.omd_id = :omd_id and p.business_id = :business_id
    union
    select p.id from sought s join guest_profiles p on p.first_name_key >= s.key and p.first_name_key < s.key_end
    where p.omd_id = :omd_id and p.business_id = :business_id
    union
    select p.id from sought s join guest_profiles p on p.email_key >= s.key and p.email_key < s.key_end
    where p.omd_id = :omd_id and p.business_id = :business_id
    union
    select p.id from sought s join guest_profiles p on p.phone_key >= s.phone and p.phone_key < s.phone_end
    where p.omd_id = :omd_id and p.business_id = :business_id and length(s.phone) >= 3)
select p.id, p.business_id, p.first_name, p.last_name, p.email, p.phone, p.language, p.country, p.date_of_birth, p.company, p.vip_code,
       p.note, p.preferences, p.marketing_consent_at, p.created_at, p.created_by, p.changed_at, p.version, p.merged_into, p.erased_at,
       p.room_wishes::text as room_wishes
from found f
join guest_profiles p on p.omd_id = :omd_id and p.business_id = :business_id and p.id = f.id
order by p.name_key, p.id
limit :limit;

-- name: propose_profiles
-- rows: many ProposalRow
-- Profiles that may be a guest's: of this e-mail address, this phone, or this name and date of birth; those with most in common first.
with sought as materialized (
    select search_key(:email) as email, phone_key(:phone) as phone,
           search_key(concat_ws(' ', :last_name::text, :first_name::text)) as name, :date_of_birth::date as born),
found as (
    select p.id, 'email' as sign from sought s join guest_profiles p on p.email_key = s.email
    where p.omd_id = :omd_id and p.business_id = :business_id
    union
    select p.id, 'phone' from sought s join guest_profiles p on p.phone_key = s.phone
    where p.omd_id = :omd_id and p.business_id = :business_id and length(s.phone) >= 6
    union
    select p.id, 'name_and_birth' from sought s join guest_profiles p on p.name_key = s.name and p.date_of_birth = s.born
    where p.omd_id = :omd_id and p.business_id = :business_id)
select f.id as profile_id, array_agg(f.sign order by f.sign) as by
from found f
group by f.id
order by count(*) desc, f.id
limit :limit;

-- name: total_profile
-- rows: one HistoryTotals
-- What the stays of a profile come to.
with stays as materialized (
    select distinct g.reservation_id as id from reservation_guests g
    where g.omd_id = :omd_id and g.business_id = :business_id and g.profile_id = :profile_id),
sold as materialized (
    select r.status, r.departure - r.arrival as nights, coalesce(p.total, r.amount) as amount, coalesce(p.currency, r.currency) as currency
    from stays s
    join reservations r on r.omd_id = :omd_id and r.business_id = :business_id and r.id = s.id
    left join reservation_prices p on p.omd_id = :omd_id and p.business_id = :business_id and p.reservation_id = s.id)
select count(*) filter (where status not in ('cancelled', 'no_show'))::int as stays,
       coalesce(sum(nights) filter (where status not in ('cancelled', 'no_show')), 0)::int as nights,
       count(*) filter (where status = 'cancelled')::int as cancelled, count(*) filter (where status = 'no_show')::int as no_shows,
       (select coalesce(json_agg(json_build_object('amount', c.amount::text, 'currency', c.currency) order by c.currency), '[]')
        from (select currency, sum(amount) as amount from sold
              where status not in ('cancelled', 'no_show') and amount is not null group by currency) c)::text as revenue
from sold;

-- name: list_profile_stays
-- rows: many StayRow
-- The stays of a profile, the latest first.
select r.id, r.code, r.arrival, r.departure, r.departure - r.arrival as nights, r.status, r.room_type_id,
       coalesce(p.total, r.amount) as amount, coalesce(p.currency, r.currency) as currency
from (select distinct g.reservation_id as id from reservation_guests g
      where g.omd_id = :omd_id and g.business_id = :business_id and g.profile_id = :profile_id) s
join reservations r on r.omd_id = :omd_id and r.business_id = :business_id and r.id = s.id
left join reservation_prices p on p.omd_id = :omd_id and p.business_id = :business_id and p.reservation_id = s.id
order by r.arrival desc, r.id
limit :limit;

-- name: lock_for_merge
-- rows: none
-- Locks the stays of the profile that is to go, then both profiles.
select lock_for_merge(:omd_id, :business_id, :kept_id, :other_id);

-- name: merge_profiles
-- rows: none
-- Merges two profiles that are locked.
select merge_profiles(:omd_id, :business_id, :kept_id, :other_id, :facts::jsonb, :actor, :now);

-- name: link_profile
-- rows: value
-- Says who of the profiles a guest of a stay is; the new version of the stay.
select link_profile(:omd_id, :business_id, :reservation_id, :place, :profile_id, :actor, :now);

-- name: find_profiles_of
-- rows: value
-- The profiles of some guests, and those of an e-mail address.
select array(
    select g.profile_id from reservation_guests g
    where g.omd_id = :omd_id and g.business_id = :business_id and g.id = any (:guest_ids::uuid[]) and g.profile_id is not null
    union
    select p.id from guest_profiles p
    where p.omd_id = :omd_id and p.business_id = :business_id and p.email_key = search_key(:email::text));

-- name: export_profiles
-- rows: value
-- What is held of some profiles, as a JSON array.
select coalesce(jsonb_agg(to_jsonb(p) - array['omd_id', 'name_key', 'first_name_key', 'email_key', 'phone_key'] order by p.id), '[]')::text
from guest_profiles p
where p.omd_id = :omd_id and p.business_id = :business_id and p.id = any (:profile_ids::uuid[]);

-- name: erase_profiles
-- rows: value
-- Forgets profiles that no guest of a stay has any more; how many.
select erase_profiles(:omd_id, :business_id, :profile_ids::uuid[], :cause, :now);

-- name: list_due_profiles
-- rows: many DueProfile
-- Profiles of an OMD that are to be forgotten by age: no guest of a stay has them, and nobody wrote them since.
with hotels as materialized (
    select b.id, coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date) as today,
           greatest(days_kept(b.omd_id, b.id, 'guest_contacts', :days), days_kept(b.omd_id, b.id, 'guest_minimum', :minimum_days)) as days
    from businesses b where b.omd_id = :omd_id)
select p.business_id, p.id
from hotels h
join guest_profiles p on p.omd_id = :omd_id and p.business_id = h.id
where p.erased_at is null and p.merged_into is null and p.changed_at::date + h.days <= h.today
  and not exists (select from reservation_guests g
                  where g.omd_id = p.omd_id and g.business_id = p.business_id and g.profile_id = p.id)
order by p.business_id, p.id
limit :batch;
