"""Writes build/used_names.py: names that vulture cannot see being used, each group with where it is used. Run by `make check`."""

import ast
import keyword
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
FRAMEWORKS = """
    __getattr__
    Meta css csrf model_metadata_class legacy_table_names only_save_dirty accessor_class table_name indexes
    session_interface trim_blocks lstrip_blocks secret_key open_session save_session
    savepoint _run_commit_callbacks
    is_visible _handle_view _run_view _cache _cached_url _filter_args _filter_groups _refresh_filters_cache scaffold_filters is_valid_filter
    scaffold_sortable_columns search_placeholder init_search get_empty_list_message _create_ajax_loader ajax_lookup ajax_update
    index_view create_view edit_view details_view delete_view action_view export handle_foreign_key
    pre_validate process_data process_formdata iter_choices widget extra_filters
    form_ajax_refs form_args validate_model PROFILE conn_key on_model_change after_model_change on_model_delete action_delete
    column_type_formatters column_type_formatters_detail option_widget _fallback scope_token audit_digest audit_gathered main filter_stream newstyle_gettext
    page_height page_width bottom_margin left_margin right_margin top_margin footer_distance header_distance odd_and_even_pages_header_footer
    is_linked_to_previous last_modified_by modified keywords language subject identifier compress_type create_system external_attr _blob
""".split()
# Promised to authors of modules, to the command line or to the next issue, and so far called by tests only. This list may only shrink.
KEPT = """
    set_hasher assert_plugin_contract authz_table streamed add_values add_periods same_unit ADDED stale_catalogues rebuild_closure
    parse_wording find_bad_wordings heading_number check_form
    previous_period last_year_period closed_period_of
    SEE
""".split()


def in_templates() -> set[str]:
    """Every word inside {{ }} and {% %}: attributes and methods that pages use."""
    pages = [p.read_text(encoding="utf-8") for part in ("templates", "plugins") for p in (ROOT / part).rglob("*.html")]
    return {word for page in pages for code in re.findall(r"\{[{%](.*?)[%}]\}", page, re.S) for word in re.findall(r"[A-Za-z_]\w+", code)}


def declared() -> set[str]:
    """Columns of tables, fields of forms and settings of views: their names are data, read by the frameworks."""
    found: set[str] = set()
    for part in ("core", "admin", "plugins"):
        for path in (ROOT / part).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    found |= {name for statement in node.body for name in _data(statement, node)}
    return found


def _data(statement: ast.stmt, owner: ast.ClassDef) -> list[str]:
    if isinstance(statement, ast.FunctionDef) and statement.name.startswith("validate_"):
        return [statement.name]  # WTForms calls them by the field's name
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target] if isinstance(statement, ast.AnnAssign) else []
    names = [t.id for target in targets for t in ast.walk(target) if isinstance(t, ast.Name)]
    bases = " ".join(ast.unparse(base) for base in owner.bases)
    if re.search(r"View|Screen|Mixin", bases) or owner.name == "Meta" or owner.name.endswith("Fields"):
        return names
    made_of = ast.unparse(statement.value) if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value else ""
    return names if re.match(r"\w*(Field|reference)\(", made_of) else []


def main() -> None:
    """Write the file."""
    names = sorted(n for n in set(FRAMEWORKS) | set(KEPT) | in_templates() | declared() if n.isidentifier())
    target = ROOT / "build" / "used_names.py"
    target.parent.mkdir(exist_ok=True)
    target.write_text("".join(f"_.{name}  # noqa\n" for name in names if not keyword.iskeyword(name)), encoding="utf-8")


if __name__ == "__main__":
    main()
