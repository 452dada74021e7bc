"""A hotel's prices, one row a table, put there past the product."""

from support.worlds import Connection, Hotel

PRICES = {
    *("rate_policies", "rate_plans", "rate_plan_brackets", "rate_plan_types"),
    *("rates", "restrictions", "quotas"),
}
"""The tables."""


async def add_prices(connection: Connection, hotel: Hotel) -> None:
    """Put a policy, a plan with a bracket, and a price, a restriction and a quota of its first room type."""
    place, room_type = (hotel.omd_id, hotel.id), next(iter(hotel.types.values())).id
    policy = await connection.fetchval(
        "insert into rate_policies (omd_id, business_id, kind, code, name, fees, texts, created_by) "
        "values ($1, $2, 'cancellation', 'FREE', 'Free', '[]', '{}', 'test') returning id",
        *place,
    )
    plan = await connection.fetchval(
        "insert into rate_plans (omd_id, business_id, code, name, meals, basis, guarantee, cancellation_policy_id, "
        "terms) values ($1, $2, 'FLEX', 'Flexible', 'none', 'room', 'none', $3, '{}') returning id",
        *(*place, policy),
    )
    await connection.execute(
        "insert into rate_plan_brackets (omd_id, business_id, rate_plan_id, position, from_age, until_age) "
        "values ($1, $2, $3, 1, 0, 6)",
        *(*place, plan),
    )
    await connection.execute(
        "insert into rate_plan_types (omd_id, business_id, rate_plan_id, room_type_id) values ($1, $2, $3, $4)",
        *(*place, plan, room_type),
    )
    await connection.execute(
        "insert into rates (omd_id, business_id, rate_plan_id, room_type_id, date, season_from, amounts) "
        "values ($1, $2, $3, $4, '2027-05-03', '2027-05-01', '{100}')",
        *(*place, plan, room_type),
    )
    await connection.execute(
        "insert into restrictions (omd_id, business_id, rate_plan_id, room_type_id, date, closed) "
        "values ($1, $2, $3, $4, '2027-05-03', true)",
        *(*place, plan, room_type),
    )
    await connection.execute(
        "insert into quotas (omd_id, business_id, room_type_id, date, agency, rooms) "
        "values ($1, $2, $3, '2027-05-03', 'agency', 1)",
        *(*place, room_type),
    )
