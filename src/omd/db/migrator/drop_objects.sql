-- Drops what the objects files made: grants, triggers, policies, views and routines that the owner role
-- holds in the schema public. Row security stays enabled and forced, so without a policy nobody sees a row.
-- Nothing cascades.
do $drop_objects$
declare
  item record;
  progress boolean;
begin
  for item in
    select c.oid::regclass as name, case c.relkind when 'S' then 'sequence' else 'table' end as kind
    from pg_class c
    where c.relnamespace = 'public'::regnamespace
      and c.relowner = 'omd_owner'::regrole
      and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and c.relname not in ('schema_migrations', 'schema_objects')
      and (c.relacl is not null
           or exists (select from pg_attribute a where a.attrelid = c.oid and a.attacl is not null))
  loop
    execute format('revoke all on %s %s from public, omd_app, omd_guest, omd_relay, omd_maintenance', item.kind, item.name);
  end loop;

  -- A trigger of a partition goes with the trigger of its parent.
  for item in
    select t.tgname as name, t.tgrelid::regclass as owning_table
    from pg_trigger t
    join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'public'::regnamespace
      and c.relowner = 'omd_owner'::regrole
      and not t.tgisinternal
      and t.tgparentid = 0
  loop
    execute format('drop trigger %I on %s', item.name, item.owning_table);
  end loop;

  for item in
    select p.polname as name, p.polrelid::regclass as owning_table
    from pg_policy p
    join pg_class c on c.oid = p.polrelid
    where c.relnamespace = 'public'::regnamespace and c.relowner = 'omd_owner'::regrole
  loop
    execute format('drop policy %I on %s', item.name, item.owning_table);
  end loop;

  -- What nothing else needs goes first, and so on: views read views and routines, routines return rows of
  -- views. A routine that a default, a constraint or an index needs belongs to its table and stays.
  loop
    progress := false;
    for item in
      select c.oid::regclass as name, case c.relkind when 'm' then 'materialized view' else 'view' end as kind
      from pg_class c
      where c.relnamespace = 'public'::regnamespace
        and c.relowner = 'omd_owner'::regrole
        and c.relkind in ('v', 'm')
        and not exists (
          select
          from pg_depend d
          left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
          where ((d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid)
                 or (d.refclassid = 'pg_type'::regclass and d.refobjid = c.reltype))
            and d.deptype <> 'i'
            and r.ev_class is distinct from c.oid
        )
    loop
      execute format('drop %s %s', item.kind, item.name);
      progress := true;
    end loop;
    for item in
      select p.oid::regprocedure as name
      from pg_proc p
      where p.pronamespace = 'public'::regnamespace
        and p.proowner = 'omd_owner'::regrole
        and not exists (
          select from pg_depend d
          where d.refclassid = 'pg_proc'::regclass
            and d.refobjid = p.oid
            and not (d.classid = 'pg_proc'::regclass and d.objid = p.oid)
        )
        and not exists (
          select from pg_depend d
          where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
        )
    loop
      execute format('drop routine %s', item.name);
      progress := true;
    end loop;
    exit when not progress;
  end loop;
end
$drop_objects$;

delete from schema_objects;
