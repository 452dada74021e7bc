-- limits: how often the callers of a destination or hotel may ask, where that differs from the platform's defaults.

create table rate_limits (
    omd_id int not null,
    id int generated always as identity,
    business_id int,
    route_class text not null,
    counted text not null,
    requests int not null,
    seconds int not null,
    set_at timestamptz not null,
    set_by text not null,
    constraint rate_limits_pkey primary key (omd_id, id),
    constraint rate_limits_omd_fkey foreign key (omd_id) references omds (id) on delete restrict,
    constraint rate_limits_business_fkey foreign key (omd_id, business_id) references businesses (omd_id, id)
        on delete restrict,
    constraint rate_limits_route_class_form check (route_class ~ '^[a-z_]{1,40}$'),
    constraint rate_limits_counted_known check (counted in ('together', 'each')),
    constraint rate_limits_countable check (
        requests between 1 and 1000000 and seconds between 1 and 86400 and requests <= seconds * 20000)
);
comment on table rate_limits is
    'So many requests of a class at once, given back evenly over so many seconds: for a hotel (business_id set) or a whole OMD (null).';
comment on column rate_limits.counted is 'together = all its callers share it; each = every key or person there has it alone.';
create unique index rate_limits_once on rate_limits (omd_id, business_id, route_class, counted) nulls not distinct;
