-- name: open_keys
-- rows: value
-- Opens, for the rest of the transaction, the rows whose keys the caller holds: hashes of secrets, an e-mail, an issuer and subject.
select set_config('omd.token_hashes', coalesce(:token_hashes::bytea[]::text, ''), true)
    || set_config('omd.email', coalesce(:email::text, ''), true)
    || set_config('omd.oidc_subject', coalesce(:subject::text, ''), true);

-- name: open_person
-- rows: value
-- Opens, for the rest of the transaction, what belongs to a person who is known.
select set_config('omd.user_id', :user_id::int::text, true);

-- name: open_people_of_sessions
-- rows: value
-- Opens, for the rest of the transaction, the people whose sessions have these hashes.
select set_config('omd.user_ids', coalesce(array_agg(distinct user_id), '{}')::text, true)
from user_sessions where token_hash = any (:token_hashes::bytea[]);

-- name: load_sessions
-- rows: many SessionRow
-- The sessions with these hashes that are in force, with what their people may do: the destination joined first comes first.
select s.token_hash, s.user_id, u.is_operator, s.working_omd_id, s.second_factor, s.created_at, s.last_seen_at,
       s.expires_at,
       coalesce((select jsonb_agg(jsonb_build_array(m.omd_id, m.business_id, m.role) order by m.joined, m.id)
                          filter (where m.ended_at is null)
                 from (select *, min(id) over (partition by omd_id) as joined
                       from memberships where user_id = s.user_id) m), '[]') as memberships
from user_sessions s
join users u on u.id = s.user_id
where s.token_hash = any (:token_hashes::bytea[]) and s.ended_at is null and s.expires_at > :now
  and s.last_seen_at > :idle_since and s.created_at between u.sessions_from and :latest_start and u.disabled_at is null;

-- name: touch_session
-- rows: none
-- Notes that a session was used, unless another server has noted later.
update user_sessions set last_seen_at = :now where token_hash = :token_hash and last_seen_at < :now and ended_at is null;

-- name: add_session
-- rows: none
-- Begins a session.
insert into user_sessions (token_hash, user_id, working_omd_id, second_factor, created_at, last_seen_at, expires_at,
                           address, agent)
values (:token_hash, :user_id, :working_omd_id, :second_factor, :now, :now, :expires_at, :address, :agent);

-- name: end_session
-- rows: value
-- Ends a session and says whose it was.
update user_sessions set ended_at = :now where token_hash = :token_hash and ended_at is null returning user_id;

-- name: end_sessions
-- rows: none
-- Ends every session of a person.
update user_sessions set ended_at = :now where user_id = :user_id and ended_at is null;

-- name: start_sessions_anew
-- rows: none
-- Lets no session of a person stand that began before this instant.
update users set sessions_from = :now where id = :user_id;

-- name: continue_session
-- rows: none
-- Lets a session go on under another token, in another destination, for no longer than it would have lasted.
insert into user_sessions (token_hash, user_id, working_omd_id, second_factor, created_at, last_seen_at, expires_at,
                           address, agent)
select :new_token_hash, user_id, :omd_id, second_factor, created_at, :now, expires_at, address, agent
from user_sessions where token_hash = :token_hash;

-- name: list_sessions
-- rows: many SessionLine
-- A person's sessions in force, the newest first.
select created_at, last_seen_at, expires_at, second_factor, address, agent
from user_sessions
where user_id = :user_id and ended_at is null and expires_at > :now and last_seen_at > :idle_since
order by created_at desc
limit 100;

-- name: find_person_by_email
-- rows: maybe Person
-- The person with this e-mail.
select id, email, name, language, is_operator, disabled_at is not null as is_disabled from users where email = :email;

-- name: find_person
-- rows: maybe Person
-- The person with this id.
select id, email, name, language, is_operator, disabled_at is not null as is_disabled from users where id = :user_id;

-- name: add_person
-- rows: value
-- Adds a person, or nothing when the e-mail is somebody's already. Returns the id.
insert into users (email, name, language) values (:email, :name, :language) on conflict (email) do nothing returning id;

-- name: name_person
-- rows: none
-- Gives a person the name and language they chose.
update users set name = :name, language = coalesce(:language::text, language) where id = :user_id;

-- name: find_credentials
-- rows: maybe Credentials
-- What a person proves who they are with.
select password_hash, totp_secret, totp_confirmed_at, totp_last_step from user_credentials where user_id = :user_id;

-- name: lock_credentials
-- rows: maybe Credentials
-- What a person proves who they are with, held still until the transaction ends.
select password_hash, totp_secret, totp_confirmed_at, totp_last_step from user_credentials where user_id = :user_id
for update;

-- name: keep_password
-- rows: none
-- Gives a person a password.
insert into user_credentials (user_id, password_hash, password_changed_at) values (:user_id, :password_hash, :now)
on conflict (user_id) do update set password_hash = excluded.password_hash, password_changed_at = excluded.password_changed_at;

-- name: hash_password_anew
-- rows: none
-- Replaces the hash of an unchanged password by a stronger one.
update user_credentials set password_hash = :password_hash where user_id = :user_id and password_hash = :old_hash;

-- name: begin_second_factor
-- rows: none
-- Keeps a secret for a second factor that is not confirmed yet.
insert into user_credentials (user_id, totp_secret) values (:user_id, :totp_secret)
on conflict (user_id) do update set totp_secret = excluded.totp_secret, totp_confirmed_at = null, totp_last_step = null;

-- name: take_step
-- rows: none
-- Remembers the time step whose code was taken, and since when the second factor is confirmed.
update user_credentials set totp_last_step = :step, totp_confirmed_at = coalesce(totp_confirmed_at, :now)
where user_id = :user_id;

-- name: keep_totp_secret
-- rows: none
-- Keeps the secret of a second factor, encrypted anew.
update user_credentials set totp_secret = :totp_secret where user_id = :user_id;

-- name: remove_second_factor
-- rows: none
-- Forgets a person's second factor.
update user_credentials set totp_secret = null, totp_confirmed_at = null, totp_last_step = null where user_id = :user_id;

-- name: remove_recovery_codes
-- rows: none
-- Forgets a person's recovery codes.
delete from user_recovery_codes where user_id = :user_id;

-- name: add_recovery_codes
-- rows: none
-- Keeps the hashes of a person's recovery codes.
insert into user_recovery_codes (user_id, code_hash) select :user_id, unnest(:code_hashes::bytea[]);

-- name: use_recovery_code
-- rows: none
-- Uses up a recovery code, if it is one and unused.
update user_recovery_codes set used_at = :now where user_id = :user_id and code_hash = :code_hash and used_at is null;

-- name: count_recovery_codes
-- rows: value
-- How many recovery codes a person has left.
select count(*)::int from user_recovery_codes where user_id = :user_id and used_at is null;

-- name: add_link
-- rows: none
-- Keeps a one-time link by the hash of its token.
insert into one_time_links (token_hash, purpose, email, created_at, expires_at)
values (:token_hash, :purpose, :email, :now, :expires_at);

-- name: use_link
-- rows: value
-- Uses up a link that is in force and says whose e-mail it was sent to.
update one_time_links set used_at = :now
where token_hash = :token_hash and purpose = :purpose and used_at is null and expires_at > :now and created_at <= :now
returning email;

-- name: find_link
-- rows: value
-- Whose e-mail a link in force was sent to.
select email from one_time_links
where token_hash = :token_hash and purpose = :purpose and used_at is null and expires_at > :now and created_at <= :now;

-- name: use_up_links
-- rows: none
-- Uses up every other link of a purpose that was sent to an e-mail.
update one_time_links set used_at = :now where email = :email and purpose = :purpose and used_at is null;

-- name: find_identity
-- rows: value
-- Whose account at a provider this is.
select user_id from user_identities where issuer = :issuer and subject = :subject;

-- name: add_identity
-- rows: none
-- Lets a person sign in by an account at a provider.
insert into user_identities (issuer, subject, user_id) values (:issuer, :subject, :user_id)
on conflict (issuer, subject) do nothing;

-- name: is_known_address
-- rows: value
-- Whether a person has had a session from this address since then.
select exists (select from user_sessions where user_id = :user_id and address = :address and created_at > :since);

-- name: add_event
-- rows: none
-- Notes what happened at the way in, in the destination the person works in until they switch, where none is said.
insert into access_events (at, kind, outcome, user_id, email_mark, working_omd_id, address, request_id)
select :at, :kind, :outcome, :user_id::int, :email_mark,
       coalesce(:working_omd_id::int, (select min(m.omd_id) from memberships m
                                       where m.user_id = :user_id::int and m.ended_at is null)),
       :address, :request_id;

-- name: list_events_of_staff
-- rows: many StaffAccessEvent
-- What the people with a role in a hotel, or in the destination itself, did at the way in, the newest first.
select e.id, e.at, e.kind, e.outcome, e.user_id, u.name, e.address
from access_events e
join users u on u.id = e.user_id
where e.working_omd_id = :omd_id and e.id < :before and e.at >= :since and e.at < :until
  and (:user_id::int is null or e.user_id = :user_id::int)
  and exists (select from memberships m
              where m.omd_id = :omd_id and m.user_id = e.user_id and m.ended_at is null
                and m.business_id is not distinct from :business_id::int)
order by e.id desc
limit :most;

-- name: list_events
-- rows: many AccessEvent
-- What a person did at the way in, the newest first.
select id, at, kind, outcome, working_omd_id as omd_id, address from access_events
where user_id = :user_id and id < :before
order by id desc
limit :most;

-- name: describe_hotels
-- rows: many Named
-- The names of hotels.
select id, code, name from businesses where omd_id = :omd_id and id = any (:business_ids::int[]) order by id;

-- name: list_people
-- rows: many PersonLine
-- Every user there is, by e-mail, with the number of roles and sessions; for the maintenance role.
select u.id, u.email, u.name, u.is_operator, u.created_at, u.disabled_at
from users u order by u.email;

-- name: add_user
-- rows: value
-- Adds a user on the command line, or nothing when the e-mail is somebody's already. Returns the id.
insert into users (email, name, language, is_operator) values (:email, :name, :language, :is_operator)
on conflict (email) do nothing returning id;

-- name: disable_person
-- rows: value
-- Lets a user in no longer and returns the id.
update users set disabled_at = coalesce(disabled_at, :now) where email = :email returning id;

-- name: enable_person
-- rows: value
-- Lets a user in again and returns the id.
update users set disabled_at = null where email = :email returning id;

-- name: sign_person_out
-- rows: value
-- Lets no session of a user stand and returns the id.
update users set sessions_from = :now where email = :email returning id;

-- name: purge_sessions
-- rows: none
-- Deletes sessions that were over before an instant, the oldest first, at most so many.
delete from user_sessions where token_hash in
    (select s.token_hash from user_sessions s where s.expires_at < :before order by s.expires_at limit :most);

-- name: purge_links
-- rows: none
-- Deletes links that were over before an instant, the oldest first, at most so many.
delete from one_time_links where token_hash in
    (select l.token_hash from one_time_links l where l.expires_at < :before order by l.expires_at limit :most);

-- name: purge_events
-- rows: none
-- Deletes access events from before an instant, the oldest first, at most so many.
delete from access_events where id in (select e.id from access_events e where e.at < :before order by e.at limit :most);
