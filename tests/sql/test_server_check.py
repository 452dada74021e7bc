"""What a program is told of the server it is to work on."""

from omd.db.server_check import check_server
from support.worlds import Connection, World


async def test_a_server_that_logs_parameters_is_warned_of(
    database_dsn: str, database_name: str, owner_connection: Connection, world: World
) -> None:
    assert not any("log the parameters" in each for each in (await check_server(database_dsn)).warnings)
    for setting in ("log_parameter_max_length", "log_parameter_max_length_on_error"):
        await owner_connection.execute(f"alter database {database_name} set {setting} = 64")
        assert any("log the parameters" in each for each in (await check_server(database_dsn)).warnings)
        await owner_connection.execute(f"alter database {database_name} reset {setting}")
