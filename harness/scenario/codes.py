"""The stable codes of problems in scenario files."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """A kind of problem; numbers are never reused."""

    UNREADABLE = "SCN001-unreadable"
    TOO_BIG = "SCN002-too-big"
    NOT_UTF8 = "SCN003-not-utf8"
    EMPTY = "SCN004-empty"
    MORE = "SCN005-more"

    SYNTAX = "SCN101-syntax"
    TAB = "SCN102-tab"
    SEVERAL_DOCUMENTS = "SCN103-several-documents"
    DUPLICATE_KEY = "SCN104-duplicate-key"
    MERGE_KEY = "SCN105-merge-key"
    TAG = "SCN106-tag"
    BAD_KEY = "SCN107-bad-key"
    BAD_ALIAS = "SCN108-bad-alias"
    TOO_LARGE = "SCN109-too-large"
    TOO_DEEP = "SCN110-too-deep"

    UNKNOWN_KEY = "SCN201-unknown-key"
    MISSING_KEY = "SCN202-missing-key"
    WRONG_TYPE = "SCN203-wrong-type"
    NOT_A_CHOICE = "SCN204-not-a-choice"
    OUT_OF_RANGE = "SCN205-out-of-range"
    BAD_FORM = "SCN206-bad-form"
    EMPTY_LIST = "SCN207-empty-list"
    NO_VALUE = "SCN208-no-value"
    NO_VERB = "SCN209-no-verb"
    SEVERAL_VERBS = "SCN210-several-verbs"
    RULE = "SCN211-rule"
    NO_CLAIM = "SCN212-no-claim"

    BAD_DURATION = "SCN301-bad-duration"
    BAD_INSTANT = "SCN302-bad-instant"
    BAD_MONEY = "SCN303-bad-money"
    BAD_REFERENCE = "SCN304-bad-reference"
    BAD_QUANTITY = "SCN305-bad-quantity"

    BAD_VARIABLE = "SCN401-bad-variable"
    UNKNOWN_VARIABLE = "SCN402-unknown-variable"
    UNUSED_VARIABLE = "SCN403-unused-variable"
    CIRCULAR_VARIABLE = "SCN404-circular-variable"
    BAD_CASES = "SCN405-bad-cases"
    DUPLICATE_CASE = "SCN406-duplicate-case"
    TOO_MANY_CASES = "SCN407-too-many-cases"
    BAD_WHEN = "SCN408-bad-when"
    NEVER_RUNS = "SCN409-never-runs"
    BAD_USES = "SCN410-bad-uses"
    DUPLICATE_LABEL = "SCN411-duplicate-label"

    UNKNOWN_LABEL = "SCN501-unknown-label"
    WHICH_SUBSCRIPTION = "SCN502-which-subscription"
    NO_INVOICE_HERE = "SCN503-no-invoice-here"
