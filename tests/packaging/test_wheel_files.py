"""The wheel is whole: what is built from the tree holds every file of the package."""

import zipfile
from pathlib import Path

from tests.source_tree import SOURCE


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    """Modules, contracts, schemas and migrations are all in; nothing else is."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}

    files = (file for file in (SOURCE / "failwell").rglob("*") if file.is_file())
    expected = {str(file.relative_to(SOURCE)) for file in files if "__pycache__" not in file.parts}
    assert names == expected
    assert {"failwell/py.typed", "failwell/contracts/connix.yaml"} <= names
