-- Profiles of guests: who comes again, and which guest of a stay is whom.

-- The owner is bound by row security too, and a constraint must look at the rows there are.
alter table businesses no force row level security;
alter table reservation_guests no force row level security;

create table guest_profiles (
    omd_id int not null,
    business_id int not null,
    id uuid not null default uuidv7(),
    first_name text,
    last_name text,
    email text,
    phone text,
    language text,
    country text,
    date_of_birth date,
    company text,
    vip_code text,
    note text,
    preferences text[] not null default '{}',
    marketing_consent_at timestamptz,
    created_at timestamptz not null,
    created_by text not null,
    changed_at timestamptz not null,
    version int not null default 1,
    merged_into uuid,
    erased_at timestamptz,
    name_key text collate "C",
    first_name_key text collate "C",
    email_key text collate "C",
    phone_key text collate "C",
    constraint guest_profiles_pkey primary key (omd_id, business_id, id),
    constraint guest_profiles_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint guest_profiles_merged_fkey foreign key (omd_id, business_id, merged_into)
        references guest_profiles (omd_id, business_id, id) on delete restrict,
    constraint guest_profiles_of_somebody
        check ((btrim(last_name) <> '') is true or merged_into is not null or erased_at is not null),
    constraint guest_profiles_not_into_itself check (merged_into <> id),
    constraint guest_profiles_gone_holds_nothing check (
        (merged_into is null and erased_at is null)
        or (num_nonnulls(first_name, last_name, email, phone, language, date_of_birth, company, vip_code, note,
                         marketing_consent_at) = 0 and preferences = '{}'))
);
comment on table guest_profiles is
    'Who comes to a hotel again: what it knows of a person beyond one stay. One that was merged points at the one that holds its stays, and holds nothing itself.';
comment on column guest_profiles.marketing_consent_at is 'When the guest agreed to be written to; null = never, or taken back.';
comment on column guest_profiles.name_key is 'Last and first name as they are searched: small letters without their marks; kept by a trigger, as are the other keys.';
comment on column guest_profiles.phone_key is 'The last nine digits of the phone, which are the same with and without its country.';
create index guest_profiles_by_name on guest_profiles (omd_id, business_id, name_key);
create index guest_profiles_by_first_name on guest_profiles (omd_id, business_id, first_name_key);
create index guest_profiles_by_email on guest_profiles (omd_id, business_id, email_key);
create index guest_profiles_by_phone on guest_profiles (omd_id, business_id, phone_key);
create index guest_profiles_by_survivor on guest_profiles (omd_id, business_id, merged_into);

alter table reservation_guests
    add column profile_id uuid,
    add constraint reservation_guests_profile_fkey foreign key (omd_id, business_id, profile_id)
        references guest_profiles (omd_id, business_id, id) on delete restrict;
comment on column reservation_guests.profile_id is 'The profile of this person in the hotel, where somebody said so.';
create index reservation_guests_by_profile on reservation_guests (omd_id, business_id, profile_id);

alter table businesses force row level security;
alter table reservation_guests force row level security;
