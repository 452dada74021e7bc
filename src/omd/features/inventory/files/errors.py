"""Why an inventory file is not read."""

from omd.kernel.table_files import FileProblem, FileRefused, counted_problems


class InventoryFileInvalid(FileRefused):
    """An inventory file is refused whole; `file_problems` names everything that is wrong with it."""

    code = "inventory_file_invalid"
    status = 422
    title = "The inventory file is not valid"

    def __init__(self, file_name: str, file_problems: tuple[FileProblem, ...]) -> None:
        super().__init__(
            f"{file_name} was not imported: it has {counted_problems(file_problems)}, and nothing of it was"
            " taken over. Correct the file and import it again.",
            file_problems,
        )
        self.file_name = file_name
