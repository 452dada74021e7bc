"""What the catalog of a migrated database must show: tenancy, rights, names and indexes without an exception."""

import pytest

from support.worlds import Connection

APP_ROLES = ("omd_app", "omd_guest", "omd_relay", "omd_maintenance")

# Which tables belong to a tenant: those with omd_id, and the tenants themselves.
TENANT_TABLES = """
select c.oid, c.relname::text as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
       c.relispartition as is_partition, n.nspname::text as schema
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'archive') and c.relkind in ('r', 'p')
  and (c.relname = 'omds' or exists (
      select from pg_attribute a where a.attrelid = c.oid and a.attname = 'omd_id' and not a.attisdropped))
order by 2
"""


async def violations(connection: Connection, query: str, *arguments: object) -> list[str]:
    return sorted(row[0] for row in await connection.fetch(query, *arguments))


async def test_the_tables_looked_at_are_there(owner_connection: Connection) -> None:
    names = {row["name"] for row in await owner_connection.fetch(TENANT_TABLES)}
    expected = {"omds", "businesses", "room_types", "individual_rooms", "room_availability", "room_type_availability"}
    assert expected | {"reservations", "reservation_nights", "reservation_guests", "events"} <= names
    assert {"room_availability_o1", "room_availability_o1_2027q1", "reservation_nights_o2_2028q1"} <= names


async def test_row_security_is_forced_on_every_tenant_table(owner_connection: Connection) -> None:
    open_tables = [
        row["name"] for row in await owner_connection.fetch(TENANT_TABLES) if not (row["enabled"] and row["forced"])
    ]
    assert open_tables == []


async def test_every_tenant_table_that_is_no_partition_has_a_policy(owner_connection: Connection) -> None:
    bare = await violations(
        owner_connection,
        f"select name from ({TENANT_TABLES}) t where not is_partition "
        "and not exists (select from pg_policy p where p.polrelid = t.oid)",
    )
    assert bare == []


async def test_no_policy_admits_a_request_without_asking_for_the_tenant(owner_connection: Connection) -> None:
    """A policy for everybody, or for the app role, names the tenant, or the one row whose key is known."""
    careless = await violations(
        owner_connection,
        r"""
        select format('%s on %s', p.polname, p.polrelid::regclass)
        from pg_policy p
        cross join lateral coalesce(pg_get_expr(coalesce(p.polqual, p.polwithcheck), p.polrelid), '') as said
        where (p.polroles = '{0}' or 'omd_app'::regrole = any (p.polroles))
          and said !~ '(omd_id|id) = \( SELECT current_omd_id\(\)'
          and said !~ 'omd_id = \( SELECT \(NULLIF\(current_setting\(''omd.omd_id''::text, true\), ''''::text\)\)::int'
          and said !~ 'token_hash = ANY .* SELECT current_token_hashes'
          and said !~ '(user_id|id) = \( SELECT current_user_id\(\)'
          and said !~ '(user_id|id) = ANY .* SELECT current_user_ids'
          and said !~ '= \( SELECT current_oidc_subject\(\)'
          and said !~ 'SELECT current_operates_platform\(\)'
          and p.polname <> 'users_among_members'
        """,
    )
    assert careless == []


async def test_no_role_has_a_right_on_a_partition(owner_connection: Connection) -> None:
    granted = await violations(
        owner_connection,
        f"select format('%s on %s to %s', a.privilege_type, t.name, a.grantee::regrole) from ({TENANT_TABLES}) t "
        "join pg_class c on c.oid = t.oid, lateral aclexplode(c.relacl) a "
        "where t.is_partition and a.grantee <> c.relowner",
    )
    assert granted == []


async def test_every_table_has_a_primary_key_that_its_tenant_leads(owner_connection: Connection) -> None:
    without = await violations(
        owner_connection,
        """
        select c.oid::regclass::text from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
          and not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'p')
        """,
    )
    elsewhere = await violations(
        owner_connection,
        f"select t.name from ({TENANT_TABLES}) t join pg_constraint k on k.conrelid = t.oid and k.contype = 'p' "
        "join pg_attribute a on a.attrelid = t.oid and a.attnum = k.conkey[1] "
        "where a.attname <> case t.name when 'omds' then 'id' else 'omd_id' end",
    )
    assert (without, elsewhere) == ([], [])


async def test_foreign_keys_carry_the_tenant_on_both_sides(owner_connection: Connection) -> None:
    loose = await violations(
        owner_connection,
        f"""
        with tenant as ({TENANT_TABLES})
        select format('%s on %s', k.conname, k.conrelid::regclass)
        from pg_constraint k
        join tenant here on here.oid = k.conrelid
        join tenant there on there.oid = k.confrelid
        where k.contype = 'f' and not exists (
            select from unnest(k.conkey, k.confkey) as pair (ours, theirs)
            join pg_attribute a on a.attrelid = k.conrelid and a.attnum = pair.ours
            join pg_attribute b on b.attrelid = k.confrelid and b.attnum = pair.theirs
            where a.attname = 'omd_id' and b.attname = case there.name when 'omds' then 'id' else 'omd_id' end)
        """,
    )
    assert loose == []


async def test_every_foreign_key_has_an_index_that_begins_with_its_columns(owner_connection: Connection) -> None:
    unsupported = await violations(
        owner_connection,
        """
        select format('%s on %s', k.conname, k.conrelid::regclass)
        from pg_constraint k
        where k.contype = 'f' and k.connamespace = 'public'::regnamespace and not exists (
            select from pg_index i
            where i.indrelid = k.conrelid and i.indisvalid and i.indpred is null
              and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
              and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] <@ k.conkey)
        """,
    )
    assert unsupported == []


async def test_no_foreign_key_references_room_availability(owner_connection: Connection) -> None:
    referencing = await violations(
        owner_connection,
        "select conname::text from pg_constraint where contype = 'f' and confrelid = 'room_availability'::regclass",
    )
    assert referencing == []


async def test_definer_functions_pin_their_search_path(owner_connection: Connection) -> None:
    loose = await violations(
        owner_connection,
        """
        select p.oid::regprocedure::text from pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.prosecdef
          and not 'search_path=public, pg_temp' = any (coalesce(p.proconfig, '{}'))
        """,
    )
    assert loose == []


async def test_definer_functions_are_not_for_everybody(owner_connection: Connection) -> None:
    """Trigger functions neither: whoever may execute one may hang it on a temporary table, and write what it writes."""
    public = await violations(
        owner_connection,
        """
        select p.oid::regprocedure::text
        from pg_proc p, lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        where p.pronamespace = 'public'::regnamespace and p.prosecdef
          and a.grantee = 0 and a.privilege_type = 'EXECUTE'
        """,
    )
    assert public == []


async def test_views_ask_as_who_asks(owner_connection: Connection) -> None:
    definer = await violations(
        owner_connection,
        """
        select c.oid::regclass::text from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('v', 'm')
          and not coalesce(c.reloptions, '{}') && '{security_invoker=true,security_invoker=on}'
        """,
    )
    assert definer == []


@pytest.mark.parametrize("role", APP_ROLES)
async def test_roles_own_nothing_and_pass_no_policy(owner_connection: Connection, role: str) -> None:
    facts = await owner_connection.fetchrow(
        """
        select r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, r.rolreplication,
               (select count(*) from pg_shdepend d where d.refobjid = r.oid and d.deptype = 'o') as owned,
               pg_has_role(r.oid, 'omd_owner', 'MEMBER') as may_own,
               has_schema_privilege(r.oid, 'public', 'CREATE') as creates,
               has_schema_privilege(r.oid, 'archive', 'USAGE') as reads_archive
        from pg_roles r where r.rolname = $1
        """,
        role,
    )
    assert facts is not None
    assert {name: value for name, value in facts.items() if value} == {}


@pytest.mark.parametrize("table", ["room_availability", "room_type_availability", "reservation_nights"])
async def test_requests_do_not_write_supply_and_demand_themselves(owner_connection: Connection, table: str) -> None:
    rights = await violations(
        owner_connection,
        """
        select right_ from unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) right_
        where has_table_privilege('omd_app', $1, right_)
           or right_ in ('INSERT', 'UPDATE') and has_any_column_privilege('omd_app', $1, right_)
        """,
        table,
    )
    assert rights == []


async def test_nobody_deletes_or_changes_what_happened(owner_connection: Connection) -> None:
    rights = await violations(
        owner_connection,
        """
        select format('%s %s', role, right_)
        from unnest($1::text[]) role, unnest(array['DELETE', 'TRUNCATE', 'UPDATE']) right_
        where has_table_privilege(role, 'events', right_)
        """,
        list(APP_ROLES),
    )
    assert rights == []
    changeable = await violations(
        owner_connection,
        """
        select format('%s %s', role, a.attname) from unnest($1::text[]) role, pg_attribute a
        where a.attrelid = 'events'::regclass and a.attnum > 0
          and has_column_privilege(role, 'events', a.attnum, 'UPDATE')
        """,
        list(APP_ROLES),
    )
    assert changeable == ["omd_relay position"]


async def test_everything_is_explained(owner_connection: Connection) -> None:
    unexplained = await violations(
        owner_connection,
        """
        select c.oid::regclass::text from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
          and not c.relispartition and obj_description(c.oid, 'pg_class') is null
        union all
        select p.oid::regprocedure::text from pg_proc p
        where p.pronamespace = 'public'::regnamespace and obj_description(p.oid, 'pg_proc') is null
        """,
    )
    assert unexplained == []


async def test_constraints_are_named_by_us(owner_connection: Connection) -> None:
    """The names PostgreSQL would make up are none of ours: a constraint's name is part of the interface."""
    generated = await violations(
        owner_connection,
        r"""
        select format('%s on %s', k.conname, k.conrelid::regclass)
        from pg_constraint k
        join pg_class c on c.oid = k.conrelid
        where k.connamespace = 'public'::regnamespace and not c.relispartition and k.contype in ('c', 'u', 'f', 'x')
          and k.conparentid = 0
          and k.conname ~ case k.contype when 'c' then '_check\d*$' when 'u' then '_key\d*$' when 'x' then '_excl\d*$'
                          else '_(' || (select string_agg(a.attname, '|') from pg_attribute a
                                        where a.attrelid = k.conrelid and a.attnum > 0) || ')_fkey\d*$' end
        """,
    )
    assert generated == []


async def test_triggers_say_their_order_and_call_functions_of_their_table(owner_connection: Connection) -> None:
    rows = await owner_connection.fetch(
        """
        select t.tgname::text as name, c.relname::text as on_table, p.proname::text as calls
        from pg_trigger t
        join pg_class c on c.oid = t.tgrelid
        join pg_proc p on p.oid = t.tgfoid
        where not t.tgisinternal and t.tgparentid = 0 and c.relnamespace = 'public'::regnamespace
        """
    )
    assert len(rows) >= 10
    unordered = [
        row["name"] for row in rows if not row["name"].removeprefix("_")[:3].isdigit() or row["name"][0] != "_"
    ]
    foreign = [
        row["calls"]
        for row in rows
        if not row["calls"].startswith(f"tg_{row['on_table']}__")
        and row["calls"] not in ("tg_any__audit", "tg_any__audit_dates", "tg_any__audit_lines")
    ]
    assert (unordered, foreign) == ([], [])


async def test_hot_columns_compare_by_leakproof_operators(owner_connection: Connection) -> None:
    """Row security loses the index for an operator that is not leakproof: text, int, date and uuid are safe."""
    unsafe = await violations(
        owner_connection,
        """
        select distinct format('%s.%s', i.indrelid::regclass, a.attname)
        from pg_index i, lateral unnest(i.indkey::int2[]) column_number
        join pg_attribute a on a.attnum = column_number
        join pg_class c on c.oid = a.attrelid
        where a.attrelid = i.indrelid and c.relnamespace = 'public'::regnamespace and not c.relispartition
          and a.atttypid <> all (array['int4', 'int8', 'date', 'uuid', 'text', 'timestamptz', 'bytea']::regtype[])
          and exists (select from pg_attribute t where t.attrelid = i.indrelid and t.attname = 'omd_id')
        """,
    )
    assert unsafe == []
