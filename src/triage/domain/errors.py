"""What we refuse, and what to do next.

Every message says where, what, what was expected and what to do next, in a calm sentence. No message
carries a name, a V-number or a motive.
"""


class TriageError(Exception):
    """Base of everything we refuse. `exit_code` is what the command line ends with."""

    exit_code = 2
    code = "refused"


class TableError(TriageError):
    """A table or file does not have the declared shape."""

    code = "table-invalid"


class FactError(TriageError):
    """An intake fact is not in the register, has an impossible value or may not be used here."""

    code = "fact-invalid"


class ForbiddenFeatureError(FactError):
    """A column that never may feed the model was offered as a feature."""

    code = "feature-forbidden"


class MomentError(FactError):
    """Facts of a later moment were offered to an earlier one, or the moment is unknown."""

    code = "moment-invalid"


class SettingsError(TriageError):
    """A setting is unknown or has an impossible value."""

    code = "settings-invalid"


class LawError(TriageError):
    """The law book is inconsistent, or holds no rule for this lodging date."""

    code = "law-invalid"


class ForecastError(TriageError):
    """The series cannot be forecast or scored as asked."""

    code = "forecast-invalid"


class LearningError(TriageError):
    """There is not enough known to learn from. Nothing was written."""

    exit_code = 1
    code = "learning-refused"


class BundleError(TriageError):
    """A model bundle is missing, torn or does not match its manifest."""

    code = "bundle-invalid"


class StoreError(TriageError):
    """The store cannot be opened, or refuses a write."""

    code = "store-refused"


class SourceError(TriageError):
    """A public source cannot be reached, or its answer has another shape. Nothing was imported."""

    exit_code = 1
    code = "source-refused"


class NotFoundError(TriageError):
    """Nothing stands under this id."""

    code = "not-found"


class ConflictError(StoreError):
    """Somebody was earlier: the version asked for is no longer the newest."""

    code = "conflict"


class IdempotencyError(StoreError):
    """The same key came with another message."""

    code = "idempotency-key-reused"


class AccessError(TriageError):
    """This door does not open without a valid token."""

    code = "access-denied"


class NothingToDoError(TriageError):
    """All is as it should be already."""

    exit_code = 3
    code = "nothing-to-do"
