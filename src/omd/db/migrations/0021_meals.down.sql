-- Charges of meals are no part of a price again: refused while a stay was sold at one, which no other part could stand for on its bill.

alter table reservation_charges drop constraint reservation_charges_part_known,
    add constraint reservation_charges_part_known check (part in ('base', 'extra_adults', 'children', 'supplement'));
