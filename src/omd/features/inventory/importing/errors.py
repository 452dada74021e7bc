"""Why a valid inventory file is not taken over."""

from omd.kernel.table_files import FileProblem, FileRefused, counted_problems


class InventoryRefused(FileRefused):
    """What stands does not allow what the file wants; `file_problems` names every obstacle, nothing was changed."""

    code = "inventory_refused"
    status = 409
    title = "The inventory cannot be changed like that"

    def __init__(self, file_problems: tuple[FileProblem, ...]) -> None:
        super().__init__(
            "Nothing was imported and nothing changed: against what is there already, the file has"
            f" {counted_problems(file_problems)}.",
            file_problems,
        )
