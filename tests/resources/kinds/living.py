"""One resource of a kind, to which everything is done that can be; and the calls of each duty."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from cs_aws_janitor import wiring
from cs_aws_janitor.resources.kinds._kind import BackupOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.model import Place, Resource
    from tests.strict.aws import Account


class Kept(NamedTuple):
    """A backup as a person sees it: the mark it was made for, how far it is, what it bears."""

    mark: str
    complete: bool
    failed: bool
    tags: Mapping[str, str]


class Life:
    """The life of `made`. `used` are the IAM actions called, by duty.

    What AWS refuses of it is passed over: not all that can be done can be done to every sort.
    """

    def __init__(self, kind: Kind, account: Account, place: Place, made: str) -> None:
        self.kind = kind
        self.account = account
        self.place = place
        self.made = made
        self.used: defaultdict[str, set[str]] = defaultdict(set)
        self._clients = wiring.connect().clients
        self._client = self._clients(place, kind.service)

    def live(self, form: str) -> None:
        """All of it, with a backup of this form."""
        self.look()
        self.tag()
        self.protect()
        self.shut_off()
        self.give_back()
        self.back_up(form)
        self.end()

    def look(self) -> None:
        """In a listing, by its id, and closely."""
        kind, client = self.kind, self._client
        self._as("discover", lambda: list(kind.discover(client, self.place)))
        self._as("discover", self._seen)
        self._as("examine", self._examined)
        if read := kind.protected:
            self._as("examine", lambda: read(client, self.made))
        if barriers := kind.barriers:
            self._as("examine", lambda: barriers(client, self._seen()))

    def tag(self) -> None:
        """Tags come and go."""
        kind, ids = self.kind, [self.made]
        tags = {"Discovered": "2026-11-22"}
        self._as("tag", lambda: kind.tag(self._client, self.place, ids, tags))
        self._as("clear_mark", lambda: kind.untag(self._client, self.place, ids, ["ShutOff"]))

    def protect(self) -> None:
        """So does protection, where this sort can have any."""
        protect = self.kind.protect
        for on in (True, False) if protect else ():
            self._as("protect", lambda on=on: protect(self._client, self.made, on))  # type: ignore[misc]

    def shut_off(self) -> None:
        """Off, where this sort can be."""
        shut_off, found = self.kind.shut_off, self._examined()
        if shut_off and not found.cannot_shut_off:
            self._as("shut_off", lambda: shut_off(self._client, [found]))
            self.account.travel(hours=1)

    def give_back(self) -> None:
        """What its shut-off took is given back, and taken once more."""
        give_back = self.kind.give_back
        if give_back:
            self._as("give_back", lambda: give_back.give(self._client, self._seen()))
            self.shut_off()

    def back_up(self, form: str) -> None:
        """What a restore needs is stored, the backup is begun, and found."""
        kind = self.kind
        if self._seen().not_yet:
            self.account.travel(days=7)  # by then AWS has started what starts itself
        found = self._examined()
        whole = self._clients(self.place, kind.service, whole=True)
        order = BackupOrder(found, self.account.now - timedelta(minutes=1), form, {})
        self._as("back_up", lambda: self._remember(whole, found))
        if backups := kind.backups:
            # One that AWS makes last of all may stand already: then its form is of no matter.
            if found.parts and not (backups.last_act and form == "image"):
                self._as("back_up", lambda: backups.begin(self._client, order, found.parts))
            for hours in (0, 1):
                self.account.travel(hours=hours)
                self._as("examine", lambda: backups.find(self._client, [order]))
            if label := backups.label:
                self._as("back_up", lambda: label(self._client, order))

    def end(self) -> None:
        """It ends, unless its backup was its last act."""
        for found in self.kind.read(self._client, self.place, [self.made]):
            examined = self.kind.examine(self._client, [found])[0] if self.kind.examine else found
            self._as("terminate", lambda it=examined: self.kind.terminate(self._client, it))  # type: ignore[misc]

    def _seen(self) -> Resource:
        (found,) = self.kind.read(self._client, self.place, [self.made])
        return found

    def _examined(self) -> Resource:
        examine, found = self.kind.examine, self._seen()
        return examine(self._client, [found])[0] if examine else found

    def _remember(self, whole: object, found: Resource) -> None:
        described = self.kind.remembering.describe(whole, [found])
        self.kind.remembering.manifest(whole, found, described)

    def _as(self, duty: str, act: Callable[[], object]) -> None:
        """Do it, and note which actions that took."""
        self.account.clear_calls()
        with suppress(ClientError):
            act()
        self.used[duty] |= {call.name for call in self.account.calls}
