-- What the migration runner remembers. Neither table belongs to a tenant.
create table if not exists schema_migrations (
  version integer primary key,
  slug text not null,
  sha256 text not null,
  applied_at timestamptz not null,
  applied_by text not null,
  duration interval not null
);
comment on table schema_migrations is 'One row for each migration file in force, with the checksum it had when it was applied.';

create table if not exists schema_objects (
  file text primary key,
  sha256 text not null,
  applied_at timestamptz not null
);
comment on table schema_objects is 'The files of functions, triggers, views, policies and grants in force; empty when they must be applied again.';

-- Readiness compares the database with the release, as the application role.
grant select on schema_migrations to omd_app;
