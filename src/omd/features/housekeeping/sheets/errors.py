"""What is refused of sheets."""

from omd.kernel.errors import OmdError


class SheetsBusy(OmdError):
    """Sheets of other hotels are being made; `retry_after` is given in seconds."""

    code = "sheets_busy"
    status = 503
    title = "Other sheets are being made"
