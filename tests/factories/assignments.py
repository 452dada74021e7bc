"""A plan of rooms written straight into the tables, for tests of what rows there are."""

from support.worlds import Connection, Hotel

ASSIGNMENTS = {"assignment_weights", "room_wishes", "assignment_plans", "assignment_plan_stays"}

_ADDED = """
with weighed as (
    insert into assignment_weights (omd_id, business_id, term, weight) values ($1, $2, 'wish', 1)),
stay as (
    select r.omd_id, r.business_id, r.id, r.arrival, r.departure from reservations r
    where (r.omd_id, r.business_id) = ($1, $2) limit 1),
wish as (
    insert into room_wishes (omd_id, business_id, reservation_id, position, kind, value, importance)
    select omd_id, business_id, id, 1, 'floor', '1', 1 from stay),
plan as (
    insert into assignment_plans (omd_id, business_id, scope, starts_on, ends_on, business_date, cost_now, cost_first,
                                  cost, proven, score, weights, made_at, made_by)
    select omd_id, business_id, 'stay', arrival, departure, arrival, 0, 0, 0, true, '{}', '{}', now(), 'test' from stay
    returning id)
insert into assignment_plan_stays (omd_id, business_id, plan_id, reservation_id, arrival, departure, charged, beats)
select s.omd_id, s.business_id, p.id, s.id, s.arrival, s.departure, '{}', '[]' from stay s, plan p"""


async def add_plan(connection: Connection, hotel: Hotel) -> None:
    """Fill every table of assignment with a row of the hotel, for one of the stays that it has."""
    await connection.execute(_ADDED, hotel.omd_id, hotel.id)
