"""The landmark and the group that elements are in."""

from __future__ import annotations

from . import vocabulary as words
from .dom import Dom, clean
from .kinds import DOCUMENT, ELEMENT
from .naming import Naming

_LIMIT = 80


class Surroundings:
    """Answers by places of the flat tree; each ancestor is asked once."""

    def __init__(self, dom: Dom, naming: Naming) -> None:
        self._dom, self._naming = dom, naming
        self._parent = dom.flat.tree.parent.tolist()
        self._node = dom.flat.node.tolist()
        self._known: dict[int, tuple[str, str]] = {0: ("", "")}
        marked = dom.having_any(("role",))
        marked |= dom.tagged(words.GROUPS | words.LANDMARKS.keys())
        self._marked = marked.tolist()

    def of(self, places: list[int]) -> tuple[list[str], list[str]]:
        """The landmark and the group of what is right inside each of `places`."""
        known = self._known
        found = [known.get(place) or self._at(place) for place in places]
        return [landmark for landmark, _ in found], [group for _, group in found]

    def _at(self, place: int) -> tuple[str, str]:
        known = self._known
        path = []
        while place not in known:
            path.append(place)
            place = self._parent[place]
        found = known[place]
        for place in reversed(path):
            found = known[place] = self._entered(self._node[place], found)
        return found

    def _entered(self, node: int, outer: tuple[str, str]) -> tuple[str, str]:
        dom, (landmark, group) = self._dom, outer
        if dom.kinds[node] < ELEMENT:
            return ("", "") if dom.kinds[node] == DOCUMENT else outer
        if not self._marked[node]:
            return outer
        tag, attributes = dom.tag(node), dom.attributes(node)
        role = self._role(tag, attributes.get("role"))
        mine = role if role in words.LANDMARK_ROLES else words.LANDMARKS.get(tag, "")
        if mine and not (mine == "banner" and landmark == "main"):
            landmark = mine
            said = self._naming.labelled_by(attributes.get("aria-labelledby"), node)
            group = clean(said or attributes.get("aria-label", ""), _LIMIT) or group
        if tag in words.GROUPS or role in words.GROUP_ROLES:
            group = clean(self._naming.group(node), _LIMIT) or group
        return landmark, group

    @staticmethod
    def _role(tag: str, given: str | None) -> str:
        if tag == "form":
            return "form" if given is None else given
        return (given.split() or [""])[0].lower() if given else ""
