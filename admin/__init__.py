"""The admin's public names: what a module's author builds screens from."""

from .baseview import SIGNED_IN as SIGNED_IN
from .baseview import BaseAdminView as BaseAdminView
from .baseview import ModuleView as ModuleView
from .baseview import allowed as allowed
from .baseview import expose as expose
from .baseview import name_for as name_for
from .baseview import needs as needs
from .exporting import table_file as table_file
from .files import posted_files as posted_files
from .files import send_stored as send_stored
from .modelview import ModelAdminView as ModelAdminView
from .modelview import ModuleModelView as ModuleModelView
from .pages.forms import one_time_link as one_time_link
from .targets import bounded as bounded
from .targets import chosen_act as chosen_act
from .targets import row_id as row_id
from .targets import safe_target as safe_target

__all__ = [
    "SIGNED_IN",
    "BaseAdminView",
    "ModelAdminView",
    "ModuleModelView",
    "ModuleView",
    "allowed",
    "bounded",
    "chosen_act",
    "expose",
    "name_for",
    "needs",
    "posted_files",
    "one_time_link",
    "row_id",
    "safe_target",
    "table_file",
    "send_stored",
]
