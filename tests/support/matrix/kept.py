"""A database as it stood: whether anything was written since, and all of it put back."""

from support.worlds import Connection

_KEEP = """
create schema kept;

create table kept.tables as
select c.relname::text as name, 0::bigint as row_count, 0::bigint as since,
       (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition;

do $$
declare t kept.tables;
begin
    for t in select * from kept.tables loop
        execute format('create table kept.%I as table public.%I', 'rows_of_' || t.name, t.name);
        execute format('update kept.tables set row_count = (select count(*) from public.%I) where name = %L',
                       t.name, t.name);
    end loop;
    update kept.tables set since = pg_current_xact_id()::text::bigint + 1;
end $$;

create function kept.put_back() returns text[] language plpgsql set session_replication_role = replica as $$
declare
    t kept.tables;
    is_written boolean;
    written text[] := '{}';
begin
    for t in select * from kept.tables order by name loop
        execute format('select count(*) <> $1 or bool_or(xmin::text::bigint >= $2) from public.%I', t.name)
            into is_written using t.row_count, t.since;
        continue when not coalesce(is_written, false);
        execute format('delete from public.%I x where x::text not in (select k::text from kept.%I k)',
                       t.name, 'rows_of_' || t.name);
        execute format('insert into public.%1$I (%2$s) overriding system value select %2$s from kept.%3$I k '
                       'where k::text not in (select x::text from public.%1$I x)',
                       t.name, t.columns, 'rows_of_' || t.name);
        update kept.tables set since = pg_current_xact_id()::text::bigint + 1 where name = t.name;
        written := written || t.name;
    end loop;
    return written;
end $$;
"""


class Kept:
    """Every row of every table, as it stood when it was kept.

    A row that was written since is of a younger transaction than the keeping, and one that is gone is missing from
    the count: no write can hide, not even one of the same values.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    async def of(cls, connection: Connection) -> "Kept":
        """Keep what there is now, by a superuser's connection."""
        await connection.execute(_KEEP)
        return cls(connection)

    async def turn(self, statement: str, *arguments: object) -> None:
        """Make something so that no request could, past all triggers, until it is put back."""
        async with self._connection.transaction():
            await self._connection.execute("set local session_replication_role = replica")
            await self._connection.execute(statement, *arguments)

    async def put_back(self) -> list[str]:
        """Put back whatever was written since, past all triggers; return the tables that were written to."""
        written: list[str] = await self._connection.fetchval("select kept.put_back()")
        return written
