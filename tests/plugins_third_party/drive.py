"""Run by test_third_party.py in a process of its own: a browser on the application, as the administrator of both counties. Prints JSON."""

import json
import re
import sys
from datetime import date

from youthpilot.core.accounts import grant_role, issue_first_admin_token, redeem_token
from youthpilot.core.app import create_app
from youthpilot.core.audit.models import PluginFault
from youthpilot.core.counties.models import County, CountyPlugin
from youthpilot.core.counties.services import enabled_plugins
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.web.current import state

PASSWORD = "green-river-7-boats"


def fill():
    """Records of the third-party module in the first county."""
    import youthpilot_library

    from youthpilot.core.testing import make_organization

    database.connect(reuse_if_open=True)
    county = County.get(County.code == "aa")
    village = make_organization(county, "柳村", parent=make_organization(county, "柳河镇", "township"))
    with scoped(county_scope(county)):
        for day, visitors in ((3, 20), (4, 17)):
            youthpilot_library.Visit.create(county=county, organization=village, visited_on=date(2023, 5, day), visitors=visitors)
    user = redeem_token(issue_first_admin_token(county), "zhoumin", "周敏", PASSWORD)
    grant_role(user, "county_admin", County.get(County.code == "bb"))
    return {"village": village.name}


def browse(*pages):
    """Sign in and open each page; the status and text of each."""
    app = create_app()
    client = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").get_data(as_text=True))[1]
    answer = client.post("/login", data={"username": "zhoumin", "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    opened = []
    for page in pages:
        reply = client.get(page, follow_redirects=True)
        opened.append([reply.status_code, reply.get_data(as_text=True)])
    database.connect(reuse_if_open=True)
    found = {"pages": opened, "failures": {f.name: f.reason for f in state(app)["registry"].failures}}
    found["faults"] = [[f.plugin, f.hook] for f in PluginFault.select()]
    for county in County.select():
        found[county.code] = sorted(enabled_plugins(county.id))
        with scoped(county_scope(county)):
            found[f"{county.code} suspended"] = {row.plugin: row.reason for row in CountyPlugin.select().where(CountyPlugin.state == "suspended")}
    return found


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        create_app()
    json.dump({"fill": fill, "browse": browse}[sys.argv[1]](*sys.argv[2:]), sys.stdout, ensure_ascii=False)
