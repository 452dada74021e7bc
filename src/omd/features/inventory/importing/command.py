"""The import of one inventory file: all of it in one transaction, or nothing."""

from datetime import date

from omd.db import Database, Transaction
from omd.features.inventory.files import InventoryFile
from omd.features.inventory.importing.errors import InventoryRefused
from omd.features.inventory.importing.model import Counts, ImportSummary
from omd.features.inventory.importing.take_over import take_over
from omd.infra.command_line import ReportProgress
from omd.kernel.clock import Clock
from omd.kernel.table_files import ProblemLog


async def import_inventory(
    db: Database, file: InventoryFile, *, today: date | Clock, progress: ReportProgress | None = None
) -> ImportSummary:
    """Bring the inventory to what the file says and return what was done; a second run changes nothing.

    `db` acts in the role omd_maintenance. `today` is the first day on which new rooms are sold and rooms that
    left are not, or the clock from which each hotel's own date is read; a business date held by hand goes first.
    Hotels and room types that the file does not name stay as they are; of the types it names, rooms that it does
    not list are retired. Raises `InventoryRefused` naming every obstacle at once. Opening the horizon of a new
    destination comes after.
    """
    total = file.totals.rooms

    async def take_over_file(tx: Transaction) -> ImportSummary:
        log = ProblemLog()
        done = ImportSummary(Counts(), Counts(), Counts(), Counts(), ())
        # Two imports that name the same destinations take them in one order, so that neither waits for the other.
        for omd in sorted(file.omds, key=lambda each: each.code):
            part = await take_over(tx, omd, today, log)
            done = ImportSummary(
                omds=done.omds + part.omds,
                hotels=done.hotels + part.hotels,
                room_types=done.room_types + part.room_types,
                rooms=done.rooms + part.rooms,
                imported=done.imported + part.imported,
            )
            if progress is not None:
                progress(done.rooms.added + done.rooms.changed + done.rooms.unchanged, total)
        if len(log):
            raise InventoryRefused(log.sorted())
        return done

    return await db.write(None, take_over_file)
