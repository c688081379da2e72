"""What was damaged on disk and what stands in for it."""

from enum import unique

from engine.phrases.phrase import Phrase


@unique
class Incident(Phrase):
    """The news of a start about its files."""

    FILE_DAMAGED = "{file} was damaged ({error})"
    FILE_MISSING = "{file} was not there"
    KEPT_ASIDE = "{what}; kept aside as {names}"
    BUILT_ANEW = "{what}. It is built anew from all {facts} facts of the journal."
    STOOD_IN_FOR = (
        "{what}. The previous generation, as of fact {seq}, and {facts} facts of the journal "
        "stand in."
    )
    JOURNAL_TORN = (
        "The last line of {file} was torn ({bytes} bytes of a write that was cut short); it was "
        "cut off. The journal ends at fact {seq}."
    )
