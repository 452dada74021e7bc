-- The relay: events get a gapless position, and the instant at which the server wrote them.

alter table events add column recorded_at timestamptz not null default clock_timestamp();
comment on column events.recorded_at is 'When the server wrote it, by its own clock; occurred_at is the product''s.';
create index events_waiting on events (seq) where position is null;
create unique index events_position on events (position) where position is not null;
create index events_by_position on events (omd_id, position) where position is not null;

create table event_positions (
    only_row boolean not null default true,
    last_position bigint not null,
    constraint event_positions_pkey primary key (only_row),
    constraint event_positions_one_row check (only_row)
);
comment on table event_positions is 'The last position the relay gave to an event. Belongs to no tenant.';
insert into event_positions (last_position) values (0);
