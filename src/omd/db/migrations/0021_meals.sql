-- Meals that come on top of a night are told from other supplements, as taxes and bills do.

alter table reservation_charges drop constraint reservation_charges_part_known,
    add constraint reservation_charges_part_known check (part in ('base', 'extra_adults', 'children', 'supplement', 'meals'));
