-- name: list_documents
-- rows: many StoredDocument
-- The document numbers kept for a stay, encrypted.
select document_type, document_ending, document_number
from reservation_guests
where omd_id = :omd_id and business_id = :business_id and reservation_id = :reservation_id and document_number is not null;

-- name: show_documents
-- rows: many DocumentRow
-- The identity documents of a stay's guests, their numbers encrypted, the primary guest first.
select first_name, last_name, date_of_birth, document_type, document_country, document_number
from reservation_guests
where omd_id = :omd_id and business_id = :business_id and reservation_id = :reservation_id
order by is_primary desc, id;

-- name: find_guests
-- rows: many FoundGuest
-- The guests of a hotel with this e-mail address, or of this name on the stay with this code, and everywhere those of
-- their profiles; and why they may not be forgotten yet.
with persons as materialized (
    select p.id, p.profile_id from reservation_guests p
    where p.omd_id = :omd_id and p.business_id = :business_id and p.erased_at is null and lower(p.email) = lower(:email::text)
    union
    select p.id, p.profile_id from reservations r
    join reservation_guests p on p.omd_id = r.omd_id and p.business_id = r.business_id and p.reservation_id = r.id
    where r.omd_id = :omd_id and r.business_id = :business_id and r.code = upper(:code::text) and p.erased_at is null
      and lower(p.last_name) = lower(:last_name::text)
      and (:first_name::text is null or lower(p.first_name) = lower(:first_name::text))),
profiles as materialized (
    select profile_id as id from persons where profile_id is not null
    union
    select c.id from guest_profiles c
    where c.omd_id = :omd_id and c.business_id = :business_id and c.email_key = search_key(:email::text))
select g.id, g.reservation_id, r.code,
       erasure_refusal(r.status, r.departure, r.cancelled_at::date,
                       coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date),
                       days_kept(g.omd_id, g.business_id, 'guest_minimum', :minimum_days)) as refusal,
       least(r.departure, r.cancelled_at::date)
           + days_kept(g.omd_id, g.business_id, 'guest_minimum', :minimum_days) as kept_until
from reservation_guests g
join reservations r on r.omd_id = g.omd_id and r.business_id = g.business_id and r.id = g.reservation_id
join businesses b on b.omd_id = g.omd_id and b.id = g.business_id
where g.omd_id = :omd_id and g.business_id = :business_id and g.erased_at is null
  and (g.id in (select id from persons) or g.profile_id in (select id from profiles))
order by r.arrival, r.id, g.id;

-- name: erase_guests
-- rows: one ErasureOutcome
-- Forgets guests whose stays are over, everywhere; or says why not.
select outcome, erasure_id, guests, audit_entries, events, answers
from erase_guests(:omd_id, :business_id, :guest_ids::uuid[], :cause, :now);

-- name: export_guests
-- rows: one HeldRow
-- Everything held about some guests of a hotel, as JSON arrays: their rows, stays with nights, events, and audit entries.
with persons as materialized (
    select * from reservation_guests g
    where g.omd_id = :omd_id and g.business_id = :business_id and g.id = any (:guest_ids::uuid[])),
stays as materialized (
    select r.* from reservations r
    where r.omd_id = :omd_id and r.business_id = :business_id and r.id in (select reservation_id from persons)),
nights as (
    select n.reservation_id, jsonb_agg(jsonb_build_object('date', n.date, 'room_type_id', n.room_type_id, 'room_id', n.room_id)
                                       order by n.date) as held
    from reservation_nights n
    where n.omd_id = :omd_id and n.business_id = :business_id and n.reservation_id in (select id from stays)
      and n.date >= (select min(arrival) from stays) and n.date < (select max(departure) from stays)
    group by n.reservation_id)
select (select coalesce(jsonb_agg((to_jsonb(p) - array['omd_id', 'document_ending'])
                                  || jsonb_build_object('document_number', encode(p.document_number, 'base64')) order by p.id), '[]')
        from persons p)::text as guests,
       (select coalesce(jsonb_agg((to_jsonb(s) - 'omd_id') || jsonb_build_object('nights', coalesce(n.held, '[]'),
               'requests', (select jsonb_agg(to_jsonb(q) - array['omd_id', 'business_id', 'reservation_id'] order by q.id)
                            from reservation_requests q
                            where q.omd_id = :omd_id and q.business_id = :business_id and q.reservation_id = s.id),
               'price', (select to_jsonb(p) - 'omd_id' from reservation_prices p
                         where p.omd_id = :omd_id and p.business_id = :business_id and p.reservation_id = s.id)) order by s.arrival, s.id), '[]')
        from stays s left join nights n on n.reservation_id = s.id)::text as reservations,
       (select coalesce(jsonb_agg(jsonb_build_object('at', e.occurred_at, 'type', e.type, 'by', e.actor,
                                                     'reservation_id', e.aggregate_id, 'data', e.data) order by e.seq), '[]')
        from events e where e.omd_id = :omd_id and e.aggregate = 'reservation'
          and e.aggregate_id in (select id::text from stays))::text as events,
       (select coalesce(jsonb_agg(jsonb_build_object('at', a.at, 'thing', a.thing, 'reservation_id', a.row_key, 'action', a.action,
                                                     'by', a.actor, 'before', a.before, 'after', a.after) order by a.at, a.id), '[]')
        from audit_log a
        where a.omd_id = :omd_id and a.business_id = :business_id and a.row_key in (select id::text from stays)
          and (a.thing in ('reservations', 'reservation_nights')
               or (a.thing = 'reservation_guests' and exists (
                   select from persons p
                   where p.id::text = coalesce(a.after, a.before) ->> 'id'
                      or lower(p.email) = lower(coalesce(a.after, a.before) ->> 'email')
                      or (lower(p.last_name) = lower(coalesce(a.after, a.before) ->> 'last_name')
                          and lower(p.first_name) is not distinct from lower(coalesce(a.after, a.before) ->> 'first_name'))))))::text
           as changes;

-- name: list_changes
-- rows: many ChangeRow
-- A page of what the audit says of a stay, its guests and its nights: the oldest first, from after a cursor on.
select a.id, a.at, a.thing, a.action, a.actor, a.user_id, a.before, a.after
from audit_log a
where a.omd_id = :omd_id and a.business_id = :business_id and a.row_key = :row_key
  and a.thing in ('reservations', 'reservation_guests', 'reservation_nights')
  and a.action in ('insert', 'update', 'delete') and a.at > :after_at
order by a.at, a.id
limit :page_size;

-- name: list_due_guests
-- rows: many DueGuest
-- Guests of an OMD who are to be forgotten by age, of one hotel at a time: cause is contacts or documents.
with hotels as materialized (
    select b.id, coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date) as today,
           days_kept(b.omd_id, b.id, 'guest_' || :cause::text, :days) as days,
           days_kept(b.omd_id, b.id, 'guest_minimum', :minimum_days) as minimum
    from businesses b where b.omd_id = :omd_id)
select g.business_id, g.id
from hotels h
join reservations r on r.omd_id = :omd_id and r.business_id = h.id and r.departure <= h.today
join reservation_guests g on g.omd_id = r.omd_id and g.business_id = r.business_id and g.reservation_id = r.id
where g.erased_at is null and least(r.departure, r.cancelled_at::date) + h.days <= h.today
  and erasure_refusal(r.status, r.departure, r.cancelled_at::date, h.today, h.minimum) is null
  and (:cause::text = 'contacts' or g.document_type is not null or g.date_of_birth is not null or g.document_country is not null
       or g.citizenship is not null or g.place_of_birth is not null)
order by g.business_id, r.departure, g.id
limit :batch;

-- name: list_old_documents
-- rows: many OldDocument
-- Document numbers that do not begin as those under the newest key do, by id.
select business_id, id, document_number
from reservation_guests
where omd_id = :omd_id and business_id = any (:business_ids::int[]) and document_number is not null
  and substring(document_number for length(:newest_head::bytea)) <> :newest_head::bytea and id > :after
order by id
limit :most;

-- name: keep_documents
-- rows: none
-- Puts numbers that were encrypted anew in the place of those that they were made of, where these still stand.
update reservation_guests g
set document_number = n.renewed
from unnest(:business_ids::int[], :ids::uuid[], :old::bytea[], :renewed::bytea[]) as n (business_id, id, old, renewed)
where g.omd_id = :omd_id and g.business_id = n.business_id and g.id = n.id and g.document_number = n.old;
