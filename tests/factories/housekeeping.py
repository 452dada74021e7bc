"""A row in every table of a hotel's tasks, past the program, for tests of who sees what."""

from support.worlds import Connection, Hotel

STATEMENTS = (
    (
        "insert into housekeeping_task_settings (omd_id, business_id, planned_daily, service_every, linen_every, "
        "inspects) values ($1, $2, false, 1, 3, '{}')"
    ),
    "insert into housekeeping_credits (omd_id, business_id, kind, credits) values ($1, $2, 'linen', 25)",
    (
        "insert into housekeeping_plans (omd_id, business_id, business_date, planned_at, planned_by) "
        "values ($1, $2, '2027-05-03', now(), 'test')"
    ),
)
OF_A_ROOM = (
    (
        "with task as (insert into housekeeping_tasks (omd_id, business_id, business_date, room_id, kind, credits, "
        "is_planned, created_at, changed_at, changed_by) "
        "values ($1, $2, '2027-05-03', $3, 'other', 10, false, now(), now(), 'test') returning id) "
        "insert into housekeeping_commands (omd_id, business_id, id, task_id, action, at, counts, given_by, "
        "received_at, outcome) select $1, $2, uuidv7(), id, 'start', now(), true, 'test', now(), 'applied' "
        "from task"
    ),
    (
        "insert into found_items (omd_id, business_id, id, room_id, description, found_at, found_by, changed_at, "
        "changed_by) values ($1, $2, uuidv7(), $3, 'a glove', now(), 'test', now(), 'test')"
    ),
)


async def add_housekeeping(connection: Connection, hotel: Hotel) -> None:
    """Give a hotel a plan, a task with a command, and a thing that was found."""
    for statement in STATEMENTS:
        await connection.execute(statement, hotel.omd_id, hotel.id)
    for statement in OF_A_ROOM:
        await connection.execute(statement, hotel.omd_id, hotel.id, hotel.rooms["101"])
