-- The cluster's roles and what they may do in this database. Every part first looks whether it is needed,
-- so that a login without the right to create roles passes when an administrator has run this file once.

-- Two migrators of two databases may create the same role at the same moment: the loser finds it there.
do $roles$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      ('omd_owner', 'nologin'),
      ('omd_app', 'login'),
      ('omd_guest', 'login'),
      ('omd_relay', 'login'),
      ('omd_maintenance', 'login')
    ) as roles (name, login)
  loop
    if not exists (select from pg_roles where rolname = wanted.name) then
      begin
        execute format(
          'create role %I %s nosuperuser nocreatedb nocreaterole noreplication nobypassrls',
          wanted.name, wanted.login
        );
      exception when unique_violation or duplicate_object then
        raise debug 'role % was created by another migrator meanwhile', wanted.name;
      end;
    end if;
  end loop;
end
$roles$;

-- A login that is no superuser may take each of these roles by SET ROLE; it inherits nothing by itself.
do $memberships$
declare
  wanted text;
begin
  foreach wanted in array array['omd_owner', 'omd_app', 'omd_guest', 'omd_relay', 'omd_maintenance'] loop
    if not pg_has_role(session_user, wanted, 'SET')
       and pg_has_role(session_user, wanted, 'MEMBER WITH ADMIN OPTION') then
      begin
        execute format('grant %I to %I with inherit false, set true', wanted, session_user);
      exception when unique_violation then
        raise debug 'membership in % was granted by another migrator meanwhile', wanted;
      end;
    end if;
  end loop;
  -- A guest's request comes through the pool of the requests, whoever that logs in as, and then has less than they.
  if not pg_has_role('omd_app', 'omd_guest', 'SET') then
    begin
      grant omd_guest to omd_app with inherit false, set true;
    exception when unique_violation then
      raise debug 'omd_app was let act for guests by another migrator meanwhile';
    end;
  end if;
end
$memberships$;

-- A grant that the login may not give is a warning to the server; here it is a refusal.
create function pg_temp.public_may_create() returns boolean language sql stable
begin atomic
  select exists (
    select
    from pg_namespace,
         lateral aclexplode(coalesce(nspacl, acldefault('n', nspowner))) as granted
    where nspname = 'public' and granted.grantee = 0 and granted.privilege_type = 'CREATE'
  );
end;

do $database$
declare
  wanted text;
  lacking text[] := '{}';
begin
  foreach wanted in array array['omd_owner', 'omd_app', 'omd_guest', 'omd_relay', 'omd_maintenance'] loop
    if not has_database_privilege(wanted, current_database(), 'CONNECT') then
      execute format('grant connect on database %I to %I', current_database(), wanted);
    end if;
    if not has_schema_privilege(wanted, 'public', 'USAGE') then
      execute format('grant usage on schema public to %I', wanted);
    end if;
    if not has_database_privilege(wanted, current_database(), 'CONNECT')
       or not has_schema_privilege(wanted, 'public', 'USAGE') then
      lacking := lacking || format('%s cannot use the database', wanted);
    end if;
  end loop;
  if not has_database_privilege('omd_owner', current_database(), 'CREATE') then
    execute format('grant create on database %I to omd_owner', current_database());
  end if;
  if not has_schema_privilege('omd_owner', 'public', 'CREATE') then
    grant create on schema public to omd_owner;
  end if;
  if not has_database_privilege('omd_owner', current_database(), 'CREATE')
     or not has_schema_privilege('omd_owner', 'public', 'CREATE') then
    lacking := lacking || 'omd_owner cannot create tables'::text;
  end if;
  if pg_temp.public_may_create() then
    revoke create on schema public from public;
  end if;
  if pg_temp.public_may_create() then
    lacking := lacking || 'everybody can create tables in the schema public'::text;
  end if;
  if lacking <> '{}' then
    raise insufficient_privilege using message = array_to_string(lacking, ', ');
  end if;
end
$database$;

drop function pg_temp.public_may_create();
