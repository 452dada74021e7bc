-- Which tables are audited. Those that are not, each with its reason: docs/adr/0012-audit.md; a test holds both together.
-- By row: nearly every write is of one row, where this costs less than collecting rows first; nights go by statement.

create or replace trigger _900_audit after insert or update or delete on omds
    for each row execute function tg_any__audit('{id}', '{}', '{}', 'omds');
create or replace trigger _900_audit after insert or update or delete on businesses
    for each row execute function tg_any__audit('{id}', '{}', '{}', 'businesses');
create or replace trigger _900_audit after insert or update or delete on room_types
    for each row execute function tg_any__audit('{id}', '{}', '{quantity}', 'room_types');
create or replace trigger _900_audit after insert or update or delete on individual_rooms
    for each row execute function tg_any__audit('{id}', '{}', '{}', 'individual_rooms');
create or replace trigger _900_audit after insert or update or delete on maintenance_intervals
    for each row execute function tg_any__audit('{id}', '{}', '{}', 'maintenance_intervals');
create or replace trigger _900_audit after insert or update or delete on hold_backs
    for each row execute function tg_any__audit('{id}', '{}', '{}', 'hold_backs');
create or replace trigger _900_audit after insert or update or delete on access_tokens
    for each row execute function tg_any__audit('{id}', '{token_hash}', '{last_used_at}', 'access_tokens');
create or replace trigger _900_audit after insert or update or delete on service_accounts
    for each row execute function tg_any__audit('{id}', '{}', '{}', 'service_accounts');
create or replace trigger _900_audit after insert or update or delete on memberships
    for each row execute function tg_any__audit('{id}', '{}', '{}', 'memberships');
create or replace trigger _900_audit after insert or update or delete on consents
    for each row execute function tg_any__audit('{id}', '{}', '{}', 'consents');
create or replace trigger _900_audit after insert or update or delete on rate_limits
    for each row execute function tg_any__audit('{id}', '{}', '{}', 'rate_limits');
create or replace trigger _900_audit after insert or update or delete on payment_accounts
    for each row execute function tg_any__audit('{business_id}', '{api_key,webhook_secret}', '{version}', 'payment_accounts');
create or replace trigger _900_audit after insert or update or delete on housekeeping_settings
    for each row execute function tg_any__audit('{business_id}', '{}', '{}', 'housekeeping_settings');
create or replace trigger _900_audit after insert or update or delete on payment_intents
    for each row execute function tg_any__audit('{id}', '{token}', '{version,status}', 'payment_intents');
create or replace trigger _900_audit after insert or update or delete on stay_fees
    for each row execute function tg_any__audit('{reservation_id,kind,ended_at}', '{}', '{}', 'stay_fees');
create or replace trigger _900_audit after insert or update or delete on payment_refunds
    for each row execute function tg_any__audit('{id}', '{}', '{}', 'payment_refunds');
create or replace trigger _900_audit after insert or update or delete on webhook_subscriptions
    for each row execute function tg_any__audit('{id}', '{secret,old_secret}',
        '{failing_since,failing_told_at,unanswered,rests_until,replay_after}', 'webhook_subscriptions');
create or replace trigger _900_audit after insert or update or delete on retention_rules
    for each row execute function tg_any__audit('{id}', '{}', '{}', 'retention_rules');
create or replace trigger _900_audit after insert or update or delete on localities
    for each row execute function tg_any__audit('{id}', '{}', '{version}', 'localities');
create or replace trigger _900_audit after insert or update or delete on business_localities
    for each row execute function tg_any__audit('{business_id}', '{}', '{}', 'business_localities');
create or replace trigger _900_audit after insert or update or delete on tax_rules
    for each row execute function tg_any__audit('{id}', '{}', '{version}', 'tax_rules');
create or replace trigger _900_audit after insert or update or delete on reservations
    for each row execute function tg_any__audit('{id}', '{}', '{id,version}', 'reservations');
create or replace trigger _900_audit after insert or update or delete on day_uses
    for each row execute function tg_any__audit('{reservation_id}', '{}', '{}', 'day_uses');
create or replace trigger _900_audit after insert or update or delete on stay_settings
    for each row execute function tg_any__audit('{business_id}', '{}', '{}', 'stay_settings');
create or replace trigger _900_audit after insert or update or delete on reservation_guests
    for each row execute function tg_any__audit('{reservation_id}', '{document_number,document_ending}', '{reservation_id}',
                                                'reservation_guests');

-- Of the counters only what somebody sets: a limit, and the named override above every limit. The rest follows from nights.
create or replace trigger _900_audit after update of overbooking, forced on room_type_availability
    for each row when (new.overbooking <> old.overbooking or new.forced > old.forced)
    execute function tg_any__audit('{room_type_id,date}', '{}', '{sold,held,physical,out_of_order,house_limited}',
                                   'room_type_availability');
create or replace trigger _900_audit after update of overbooking, forced on house_availability
    for each row when (new.overbooking <> old.overbooking or new.forced > old.forced)
    execute function tg_any__audit('{date}', '{}', '{sold,held,physical,out_of_order}', 'house_availability');
create or replace trigger _900_audit_come_and_go after insert or delete on house_availability
    for each row execute function tg_any__audit('{date}', '{}', '{sold,held,physical,out_of_order}', 'house_availability');

create or replace function tg_reservation_nights__audit() returns trigger
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
begin
    if tg_op = 'INSERT' then
        insert into audit_log (omd_id, business_id, thing, row_key, action, actor, user_id, address, request_id, after)
        select r.omd_id, r.business_id, 'reservation_nights', r.reservation_id::text, 'insert',
               coalesce(current_actor(), session_user), current_user_id(), current_address(), current_request_id(),
               jsonb_build_object('nights', jsonb_agg(jsonb_build_object('from', r.first, 'until', r.last + 1,
                   'room_type_id', r.room_type_id, 'room_id', r.room_id) order by r.first))
        from (select n.omd_id, n.business_id, n.reservation_id, n.room_type_id, n.room_id,
                     min(n.date) as first, max(n.date) as last
              from (select o.*, o.date - row_number() over (partition by o.reservation_id, o.room_type_id, o.room_id
                                                            order by o.date)::int as run from new_nights o) n
              group by 1, 2, 3, 4, 5, n.run) r
        group by 1, 2, r.reservation_id;
    elsif tg_op = 'DELETE' then
        insert into audit_log (omd_id, business_id, thing, row_key, action, actor, user_id, address, request_id, before)
        select o.omd_id, o.business_id, 'reservation_nights', o.reservation_id::text, 'delete',
               coalesce(current_actor(), session_user), current_user_id(), current_address(), current_request_id(),
               jsonb_build_object('nights', runs_of_nights(jsonb_agg(to_jsonb(o))))
        from old_nights o group by 1, 2, o.reservation_id;
    else
        insert into audit_log (omd_id, business_id, thing, row_key, action, actor, user_id, address, request_id, before, after)
        select n.omd_id, n.business_id, 'reservation_nights', n.reservation_id::text, 'update',
               coalesce(current_actor(), session_user), current_user_id(), current_address(), current_request_id(),
               jsonb_build_object('nights', runs_of_nights(jsonb_agg(to_jsonb(o)))),
               jsonb_build_object('nights', runs_of_nights(jsonb_agg(to_jsonb(n))))
        from old_nights o
        join new_nights n on n.omd_id = o.omd_id and n.business_id = o.business_id
                         and n.reservation_id = o.reservation_id and n.date = o.date
        where n.room_id is distinct from o.room_id
        group by 1, 2, n.reservation_id;
    end if;
    return null;
end
$$;
comment on function tg_reservation_nights__audit() is
    'Writes one row into the audit for each stay whose nights a statement touched: the nights as runs, not one by one.';
create or replace trigger _900_audit_new after insert on reservation_nights
    referencing new table as new_nights for each statement execute function tg_reservation_nights__audit();
create or replace trigger _900_audit_gone after delete on reservation_nights
    referencing old table as old_nights for each statement execute function tg_reservation_nights__audit();
create or replace trigger _900_audit_moved after update on reservation_nights
    referencing old table as old_nights new table as new_nights
    for each statement execute function tg_reservation_nights__audit();

revoke execute on function tg_reservation_nights__audit() from public;

create or replace function runs_of_nights(p_nights jsonb) returns jsonb
language sql stable
return (
    select jsonb_agg(jsonb_build_object('from', r.first, 'until', r.last + 1, 'room_type_id', r.room_type_id, 'room_id', r.room_id)
                     order by r.first)
    from (select n.room_type_id, n.room_id, min(n.date) as first, max(n.date) as last
          from (select d.*, d.date - row_number() over (partition by d.room_type_id, d.room_id order by d.date)::int as run
                from jsonb_to_recordset(p_nights) as d (date date, room_type_id int, room_id int)) n
          group by n.room_type_id, n.room_id, n.run) r);
comment on function runs_of_nights(jsonb) is 'Nights of one stay, as runs [from, until) in one room.';

create or replace trigger _900_audit after insert or update or delete on rate_policies
    for each row execute function tg_any__audit('{id}', '{}', '{}', 'rate_policies');
create or replace trigger _900_audit after insert or update or delete on rate_plans
    for each row execute function tg_any__audit('{id}', '{}', '{version}', 'rate_plans');
create or replace trigger _900_audit after insert or update or delete on rate_plan_brackets
    for each row execute function tg_any__audit('{rate_plan_id,position}', '{}', '{}', 'rate_plan_brackets');

create or replace function tg_any__audit_dates() returns trigger
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
declare
    v_keys text[] := tg_argv[0];
    v_aside text[] := v_keys || array['omd_id', 'business_id', 'date', 'plan_level', 'type_level'];
    v_before jsonb;
    v_after jsonb;
begin
    if tg_op <> 'INSERT' then
        select jsonb_agg(to_jsonb(o)) into v_before from old_rows o;
    end if;
    if tg_op <> 'DELETE' then
        select jsonb_agg(to_jsonb(n)) into v_after from new_rows n;
    end if;
    insert into audit_log (omd_id, business_id, thing, row_key, action, actor, user_id, address, request_id, before, after)
    select r.omd_id, r.business_id, tg_argv[1], r.row_key, lower(tg_op), coalesce(current_actor(), session_user),
           current_user_id(), current_address(), current_request_id(),
           jsonb_object_agg('dates', r.said) filter (where r.is_before), jsonb_object_agg('dates', r.said) filter (where not r.is_before)
    from (select v.omd_id, v.business_id, v.row_key, v.is_before,
                 jsonb_agg(v.value || jsonb_build_object('on', v.dates) order by v.dates) as said
          from (select (e.row ->> 'omd_id')::int as omd_id, (e.row ->> 'business_id')::int as business_id, k.row_key, e.is_before,
                       jsonb_strip_nulls(e.row - v_aside) as value,
                       range_agg(daterange((e.row ->> 'date')::date, (e.row ->> 'date')::date + 1)) as dates
                from (select a.value as row, true as is_before from jsonb_array_elements(v_before) a
                      union all select a.value, false from jsonb_array_elements(v_after) a) e
                cross join lateral (select string_agg(coalesce(e.row ->> c.name, 'all'), '/' order by c.at) as row_key
                                    from unnest(v_keys) with ordinality c (name, at)) k
                group by 1, 2, 3, 4, 5) v
          group by 1, 2, 3, 4) r
    group by 1, 2, 3, r.row_key;
    return null;
end
$$;
comment on function tg_any__audit_dates() is
    'Writes one row into the audit for each thing whose dates a statement touched: every value once, with all the dates it has. Takes the columns of the row key and the thing.';

revoke execute on function tg_any__audit_dates() from public;
create or replace trigger _900_audit_new after insert on rates
    referencing new table as new_rows for each statement execute function tg_any__audit_dates('{rate_plan_id,room_type_id}', 'rates');
create or replace trigger _900_audit_changed after update on rates
    referencing old table as old_rows new table as new_rows for each statement execute function tg_any__audit_dates('{rate_plan_id,room_type_id}', 'rates');
create or replace trigger _900_audit_gone after delete on rates
    referencing old table as old_rows for each statement execute function tg_any__audit_dates('{rate_plan_id,room_type_id}', 'rates');
create or replace trigger _900_audit_new after insert on restrictions
    referencing new table as new_rows for each statement execute function tg_any__audit_dates('{rate_plan_id,room_type_id}', 'restrictions');
create or replace trigger _900_audit_changed after update on restrictions
    referencing old table as old_rows new table as new_rows for each statement execute function tg_any__audit_dates('{rate_plan_id,room_type_id}', 'restrictions');
create or replace trigger _900_audit_gone after delete on restrictions
    referencing old table as old_rows for each statement execute function tg_any__audit_dates('{rate_plan_id,room_type_id}', 'restrictions');
create or replace trigger _900_audit_new after insert on quotas
    referencing new table as new_rows for each statement execute function tg_any__audit_dates('{room_type_id,agency}', 'quotas');
create or replace trigger _900_audit_changed after update on quotas
    referencing old table as old_rows new table as new_rows for each statement execute function tg_any__audit_dates('{room_type_id,agency}', 'quotas');
create or replace trigger _900_audit_gone after delete on quotas
    referencing old table as old_rows for each statement execute function tg_any__audit_dates('{room_type_id,agency}', 'quotas');

create or replace trigger _900_audit after insert or update or delete on bookings
    for each row execute function tg_any__audit('{id}', '{}', '{id}', 'bookings');
create or replace trigger _900_audit after insert or update or delete on reservation_prices
    for each row execute function tg_any__audit('{reservation_id}', '{}', '{reservation_id}', 'reservation_prices');

create or replace function tg_any__audit_lines() returns trigger
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
begin
    insert into audit_log (omd_id, business_id, thing, row_key, action, actor, user_id, address, request_id, before, after)
    select t.omd_id, t.business_id, tg_argv[0], t.reservation_id::text, lower(tg_op), coalesce(current_actor(), session_user),
           current_user_id(), current_address(), current_request_id(),
           case when tg_op = 'DELETE' then t.lines end, case when tg_op <> 'DELETE' then t.lines end
    from (select l.omd_id, l.business_id, l.reservation_id, jsonb_build_object('lines', jsonb_agg(
              jsonb_strip_nulls(to_jsonb(l)) - '{omd_id,business_id,reservation_id,position}'::text[] order by l.position)) as lines
          from touched l group by 1, 2, 3) t;
    return null;
end
$$;
comment on function tg_any__audit_lines() is
    'Writes one row into the audit for each stay whose lines a statement touched: all of them together, not one by one.';
revoke execute on function tg_any__audit_lines() from public;

create or replace trigger _900_audit_new after insert on reservation_charges
    referencing new table as touched for each statement execute function tg_any__audit_lines('reservation_charges');
create or replace trigger _900_audit_changed after update on reservation_charges
    referencing new table as touched for each statement execute function tg_any__audit_lines('reservation_charges');
create or replace trigger _900_audit_gone after delete on reservation_charges
    referencing old table as touched for each statement execute function tg_any__audit_lines('reservation_charges');
create or replace trigger _900_audit_new after insert on reservation_taxes
    referencing new table as touched for each statement execute function tg_any__audit_lines('reservation_taxes');
create or replace trigger _900_audit_changed after update on reservation_taxes
    referencing new table as touched for each statement execute function tg_any__audit_lines('reservation_taxes');
create or replace trigger _900_audit_gone after delete on reservation_taxes
    referencing old table as touched for each statement execute function tg_any__audit_lines('reservation_taxes');

create or replace trigger _900_audit after insert or update or delete on companies
    for each row execute function tg_any__audit('{id}', '{}', '{version}', 'companies');
create or replace trigger _900_audit after insert or update or delete on folios
    for each row execute function tg_any__audit('{id}', '{}', '{id,version,charged,paid,billed,balance,deposit,lines}', 'folios');
create or replace trigger _900_audit after insert or update or delete on folio_routes
    for each row execute function tg_any__audit('{reservation_id,kind}', '{}', '{}', 'folio_routes');
create or replace trigger _900_audit after insert or update or delete on invoice_issuers
    for each row execute function tg_any__audit('{business_id}', '{}', '{}', 'invoice_issuers');
create or replace trigger _900_audit after insert or update or delete on invoice_series
    for each row execute function tg_any__audit('{id}', '{}', '{next_number}', 'invoice_series');
create or replace trigger _900_audit after insert or update or delete on night_audit_settings
    for each row execute function tg_any__audit('{business_id}', '{}', '{}', 'night_audit_settings');
create or replace trigger _900_audit after insert or update or delete on registration_rules
    for each row execute function tg_any__audit('{business_id}', '{}', '{}', 'registration_rules');
create or replace trigger _900_audit after insert or update or delete on guest_profiles
    for each row execute function tg_any__audit('{id}', '{}', '{name_key,first_name_key,email_key,phone_key,version,changed_at}',
                                                'guest_profiles');
create or replace trigger _900_audit after insert or update or delete on housekeeping_task_settings
    for each row execute function tg_any__audit('{business_id}', '{}', '{}', 'housekeeping_task_settings');
create or replace trigger _900_audit after insert or update or delete on housekeeping_credits
    for each row execute function tg_any__audit('{id}', '{}', '{}', 'housekeeping_credits');
create or replace trigger _900_audit after insert or update or delete on housekeeping_tasks
    for each row execute function tg_any__audit('{id}', '{}', '{version,changed_at,changed_by,begun_at,running_since,worked_seconds,ended_at}',
                                                'housekeeping_tasks');
create or replace trigger _900_audit after insert or update or delete on found_items
    for each row execute function tg_any__audit('{id}', '{}', '{version,changed_at,changed_by}', 'found_items');
create or replace trigger _900_audit after insert or update or delete on housekeeping_sections
    for each row execute function tg_any__audit('{name}', '{}', '{}', 'housekeeping_sections');
create or replace trigger _900_audit after insert or update or delete on housekeeping_section_rooms
    for each row execute function tg_any__audit('{section_name,room_id}', '{}', '{}', 'housekeeping_section_rooms');
create or replace trigger _900_audit after insert or update or delete on housekeeping_attendances
    for each row execute function tg_any__audit('{business_date,attendant_id}', '{}', '{}', 'housekeeping_attendances');
create or replace trigger _900_audit after insert or update or delete on housekeeping_attendance_sections
    for each row execute function tg_any__audit('{business_date,attendant_id,section_name}', '{}', '{}', 'housekeeping_attendance_sections');
create or replace trigger _900_audit after insert or update or delete on housekeeping_sheets
    for each row execute function tg_any__audit('{business_date,attendant_id}', '{}', '{version}', 'housekeeping_sheets');
create or replace trigger _900_audit after insert or update or delete on assignment_weights
    for each row execute function tg_any__audit('{term}', '{}', '{}', 'assignment_weights');
create or replace trigger _900_audit after insert or update or delete on room_wishes
    for each row execute function tg_any__audit('{reservation_id}', '{}', '{}', 'room_wishes');
create or replace trigger _900_audit after insert or update or delete on reservation_requests
    for each row execute function tg_any__audit('{reservation_id}', '{}', '{}', 'reservation_requests');
create or replace trigger _900_audit after insert or update or delete on waiting_list_entries
    for each row execute function tg_any__audit('{id}', '{}', '{version,changed_at,told_at}', 'waiting_list_entries');
create or replace trigger _900_audit after insert or update or delete on waiting_list_stays
    for each row execute function tg_any__audit('{waiting_entry_id}', '{}', '{}', 'waiting_list_stays');
create or replace trigger _900_audit after insert or update or delete on turnaways
    for each row execute function tg_any__audit('{id}', '{}', '{}', 'turnaways');
create or replace trigger _900_audit after insert or update or delete on maintenance_tickets
    for each row execute function tg_any__audit('{id}', '{}', '{version,changed_at,changed_by,step,note}', 'maintenance_tickets');
create or replace trigger _900_audit after insert or update or delete on registration_numbers
    for each row execute function tg_any__audit('{reservation_id}', '{}', '{}', 'registration_numbers');
