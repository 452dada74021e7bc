-- name: list_members
-- rows: many Member
-- Who works in a hotel, or in the OMD itself, with their roles in force, by name; who comes after one of them, or all after 0.
select m.id, m.user_id, u.email, u.name, m.role, m.created_at, m.created_by
from memberships m join users u on u.id = m.user_id
where m.omd_id = :omd_id and m.business_id is not distinct from :business_id and m.ended_at is null
  and (:after = 0 or (u.name, m.id) > (select last_u.name, last_m.id
                                       from memberships last_m join users last_u on last_u.id = last_m.user_id
                                       where last_m.omd_id = :omd_id and last_m.id = :after))
order by u.name, m.id
limit :most;

-- name: lock_member
-- rows: maybe Member
-- One membership in force, kept from changing until the transaction ends.
select m.id, m.user_id, u.email, u.name, m.role, m.created_at, m.created_by
from memberships m join users u on u.id = m.user_id
where m.omd_id = :omd_id and m.business_id is not distinct from :business_id and m.id = :id and m.ended_at is null
for update of m;

-- name: find_member_in_role
-- rows: maybe Member
-- The membership in force of a person in one role.
select m.id, m.user_id, u.email, u.name, m.role, m.created_at, m.created_by
from memberships m join users u on u.id = m.user_id
where m.omd_id = :omd_id and m.business_id is not distinct from :business_id and m.user_id = :user_id
  and m.role = :role and m.ended_at is null;

-- name: open_email
-- rows: value
-- Opens, for the rest of the transaction, what belongs to an e-mail address; an empty one closes it.
select set_config('omd.email', :email::text, true);

-- name: add_user
-- rows: none
-- Adds a person, unless somebody has the e-mail; waits for who is adding the same.
insert into users (email, name, language) values (:email, :name, :language) on conflict (email) do nothing;

-- name: find_user_id
-- rows: value
-- The id of the person with this e-mail.
select id from users where email = :email;

-- name: add_membership
-- rows: none
-- Gives a person a role in a hotel, or in the OMD itself.
insert into memberships (omd_id, business_id, user_id, role, created_by)
values (:omd_id, :business_id, :user_id, :role, :created_by);

-- name: end_membership
-- rows: none
-- Ends a membership.
update memberships set ended_at = :now, ended_by = :ended_by where omd_id = :omd_id and id = :id and ended_at is null;

-- name: list_consents
-- rows: many Consent
-- What the hotels that the actor sees let their OMD see, the newest first, revoked ones among them.
select business_id, what, granted_at, granted_by, revoked_at, revoked_by
from consents
where omd_id = :omd_id and (:business_id::int is null or business_id = :business_id)
order by id desc limit 1000;

-- name: find_consent
-- rows: maybe Consent
-- The consent of a hotel that stands.
select business_id, what, granted_at, granted_by, revoked_at, revoked_by
from consents
where omd_id = :omd_id and business_id = :business_id and what = :what and revoked_at is null;

-- name: give_consent
-- rows: none
-- Records a consent, unless it stands; waits for who is recording the same.
insert into consents (omd_id, business_id, what, granted_at, granted_by)
values (:omd_id, :business_id, :what, :now, :granted_by)
on conflict (omd_id, business_id, what) where revoked_at is null do nothing;

-- name: revoke_consent
-- rows: none
-- Ends the consent of a hotel that stands.
update consents set revoked_at = :now, revoked_by = :revoked_by
where omd_id = :omd_id and business_id = :business_id and what = :what and revoked_at is null;
