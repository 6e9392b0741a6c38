"""Files of Flask-Admin which ours replace or override: an upgrade must be looked at, not just installed."""

from hashlib import sha256
from pathlib import Path

import flask_admin
import pytest

HERE = Path(flask_admin.__file__).parent
PINNED = {
    "templates/bootstrap4/admin/model/list.html": "21003d92feb9a75c9cbb3b816b2ebdd5e8479917edac2483c803561c5cfb5159",
    "templates/bootstrap4/admin/model/create.html": "8930a13e4d81cd59811ff487314156efa07ebd078471edeca5a97212e145cff2",
    "templates/bootstrap4/admin/model/edit.html": "b606efe0a695ead26c97616afacbe16ac1a83dcdfec0caeea1888515be7724d0",
    "templates/bootstrap4/admin/model/details.html": "c4aa5d6ca9b9b82d52b9bf97e93ea34fa678da0bc181afdf618d4bab5ed5a04f",
    "templates/bootstrap4/admin/base.html": "a6add6a45c2ac3c55046ea283318e719269ac7b4e181cc3787904db53b8aaea4",
    "model/base.py": "13674d5e53bfdfea1c3ed70898fbd944def571badfbe375f0fcb280a1d57432c",
    "contrib/peewee/view.py": "b1833b26a15853ffcc03cf1d29d210e61a06970b64b5cd048324ebf81e125f20",
    "contrib/peewee/form.py": "f2ed2244f8c34bdb1fc31181c708cc52723888d9da2170a0fd03260325fcdaa2",
    "contrib/peewee/ajax.py": "8f94d5f0a9d11cfaa7c889e7ea490db1e90d82559177e772a8b692c27e158e2b",
    "base.py": "245092871a6a754fd9a205f0444bed40ea741f59475b4cc3f2ae64b692b3983c",
    "menu.py": "32cc4232056ef23d391a731b8f48e8c93fce53f11e1ed580992b0224dfbb5f6a",
    "actions.py": "ca01f2646bf2d3a13412abed9b73388167be5a93554c003fd8848bcfe2bb0140",
}


@pytest.mark.parametrize("name", PINNED)
def test_as_when_we_overrode_it(name):
    found = sha256((HERE / name).read_bytes()).hexdigest()
    assert found == PINNED[name], f"{name} changed upstream: compare it with ours (admin/, templates/admin/), then pin {found}"
