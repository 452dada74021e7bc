-- Fees on the bill: what a stay owed that was cancelled or did not come, and what became of that.

create table stay_fees (
    omd_id int not null,
    business_id int not null,
    reservation_id uuid not null,
    kind text not null,
    ended_at timestamptz not null,
    policy_id int not null,
    owed numeric(12, 2) not null,
    waived numeric(12, 2) not null default 0,
    reason text,
    waived_at timestamptz,
    waived_by text,
    entry_id uuid,
    charged_at timestamptz,
    charged_by text,
    constraint stay_fees_pkey primary key (omd_id, business_id, reservation_id, kind, ended_at),
    constraint stay_fees_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint stay_fees_entry_fkey foreign key (omd_id, business_id, entry_id)
        references ledger_entries (omd_id, business_id, id) on delete restrict,
    constraint stay_fees_kind_known check (kind in ('cancellation', 'no_show')),
    constraint stay_fees_waived_within_owed check (owed > 0 and waived between 0 and owed),
    constraint stay_fees_waived_for_a_reason
        check (num_nonnulls(reason, waived_at, waived_by) in (0, 3) and (waived > 0) = (reason is not null)),
    constraint stay_fees_charged_by_somebody check (num_nonnulls(entry_id, charged_at, charged_by) in (0, 3)),
    constraint stay_fees_reason_given check (btrim(reason) <> '' and length(reason) <= 200)
);
comment on table stay_fees is
    'The fee of a stay that was cancelled or did not come: what was owed by the policy it was sold under, waived of that, and charged.';
comment on column stay_fees.ended_at is 'When the stay was cancelled, or marked as a no-show: one that was reinstated may owe another fee.';
comment on column stay_fees.policy_id is 'The version of the policy that it was owed by.';
comment on column stay_fees.entry_id is 'The entry that charged what was not waived, once.';
create index stay_fees_by_entry on stay_fees (omd_id, business_id, entry_id);
