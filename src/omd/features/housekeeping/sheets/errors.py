"""What is refused of sheets."""

from omd.kernel.errors import OmdError


class SheetsBusy(OmdError):
    """Sheets of other hotels are being made; `retry_after` is given in seconds."""

    code = "sheets_busy"
    status = 503
    title = "Other sheets are being made"


class TasksChanged(OmdError):
    """Some tasks are not as they were looked at; `data.changes` says which, and what each is. Nothing was changed."""

    code = "tasks_changed"
    status = 409
    title = "Some tasks have changed"


class NothingToPublish(OmdError):
    """Nobody who is named has a sheet on the date."""

    code = "nothing_to_publish"
    status = 409
    title = "There is no sheet to publish"
