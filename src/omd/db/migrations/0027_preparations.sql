-- What a desk prepares for: when guests will arrive, and what they asked for.

alter table reservations no force row level security;

alter table reservations add column estimated_arrival time;
comment on column reservations.estimated_arrival is
    'When the guests think they will arrive, on the hotel''s clock; early in the morning it is the night after the day of arrival.';

create table reservation_requests (
    omd_id int not null,
    business_id int not null,
    reservation_id uuid not null,
    id uuid not null default uuidv7(),
    kind text,
    text text,
    asked_at timestamptz not null,
    asked_by text not null,
    done_at timestamptz,
    done_by text,
    constraint reservation_requests_pkey primary key (omd_id, business_id, reservation_id, id),
    constraint reservation_requests_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete cascade,
    constraint reservation_requests_kind_form check (kind ~ '^[a-z0-9_]{1,40}$'),
    constraint reservation_requests_says_something check (kind is not null or btrim(text) <> ''),
    constraint reservation_requests_done_by_somebody check ((done_at is null) = (done_by is null))
);
comment on table reservation_requests is 'What the guests of a stay asked for: a kind of the hotel''s, words, or both; done when somebody said so.';

alter table reservations force row level security;
