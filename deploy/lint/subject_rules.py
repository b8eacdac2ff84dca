"""Rules of gitlint for the subjects of commits: `area: Verb object`, and no path of anyone's machine."""

import re

from gitlint.git import GitCommit
from gitlint.rules import CommitMessageTitle, CommitRule, LineRule, RuleViolation

VERBS = ("Add", "Fix", "Remove", "Rename", "Move", "Speed up", "Document", "Test", "Refactor")
SUBJECT = re.compile(rf"[a-z0-9][a-z0-9/ ,_.-]*: (?:{'|'.join(VERBS)}) .{{3,}}")
SUBJECT_PATH = re.compile(r"(?:^|[\s'\"(])[~.]{0,2}/\w")
MACHINE_PATH = re.compile(r"(?<![\w.-])/(?:work|root|home|Users|opt|tmp)/\w+")


class SubjectForm(LineRule):  # type: ignore[misc]
    """A subject is `area: Verb object`."""

    name = "subject-form"
    id = "UL1"
    target = CommitMessageTitle

    def validate(self, line: str, _commit: GitCommit) -> list[RuleViolation]:
        """Return what is wrong with a subject."""
        if SUBJECT.fullmatch(line):
            return []
        return [RuleViolation(self.id, f"Subject is not 'area: Verb object' ({', '.join(VERBS)})", line)]


class SubjectWithoutPath(LineRule):  # type: ignore[misc]
    """A subject names no absolute path."""

    name = "subject-without-path"
    id = "UL2"
    target = CommitMessageTitle

    def validate(self, line: str, _commit: GitCommit) -> list[RuleViolation]:
        """Return the violation of a subject that names a path."""
        return [RuleViolation(self.id, "Subject names a path", line)] if SUBJECT_PATH.search(line) else []


class BodyWithoutMachine(CommitRule):  # type: ignore[misc]
    """A body names no path of the machine it was written on."""

    name = "body-without-machine"
    id = "UC1"

    def validate(self, commit: GitCommit) -> list[RuleViolation]:
        """Return a violation for each line that names such a path."""
        lines = enumerate(commit.message.body, 2)
        return [
            RuleViolation(self.id, "Body names a path of a machine", line, number)
            for number, line in lines
            if MACHINE_PATH.search(line)
        ]
