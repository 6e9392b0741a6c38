"""Maps the top-level folders to one import package: core/ is youthpilot.core, plugins/ is youthpilot.plugins, and so on."""

from setuptools import find_packages, setup

PARTS = ("core", "plugins", "admin", "templates")

setup(
    name="youthpilot",
    version="0.1.0",
    description="Half-year records, figures and reports for county committees of the Youth League",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=["youthpilot.templates"]
    + [f"youthpilot.{name}" for part in ("core", "plugins", "admin") for name in (part, *(f"{part}.{p}" for p in find_packages(part)))],
    package_dir={f"youthpilot.{part}": part for part in PARTS},
    package_data={
        "youthpilot.core": ["py.typed", "migrations/*.py", "translations/*/LC_MESSAGES/*.po"],
        "youthpilot.admin": ["static/**"],
        "youthpilot.templates": ["**/*.html"],
        "youthpilot.plugins": ["*/README.md", "*/migrations/*.py", "*/templates/**", "*/static/**", "*/translations/*/LC_MESSAGES/*.po"],
    },
    install_requires=[
        "Flask~=3.1.3",
        "Flask-Admin~=2.2.1",
        "Flask-Babel~=4.0.0",
        "Flask-WTF~=1.3.0",
        "WTForms~=3.3.2",
        "XlsxWriter~=3.3.1",
        "argon2-cffi~=25.1.0",
        "click>=8.1,<9",
        "cryptography>=45",
        "peewee~=4.5.3",
        "pluggy~=1.7.0",
        "python-calamine~=0.9.1",
        "python-docx~=1.2.0",
        "segno~=1.6",
        "structlog~=26.1.0",
        "tzdata",
        "waitress~=3.0.2",
        "wtf-peewee~=3.2.1",
    ],
    extras_require={
        "postgres": ["psycopg[binary]~=3.3.9"],
        "dev": [
            "psycopg[binary]~=3.3.9",
            "hypothesis~=6.170",
            "import-linter~=2.16",
            "mypy~=2.4",
            "openpyxl~=3.1.5",
            "pillow~=13.0",  # make shots
            "playwright~=1.65",
            "pytest~=9.2",
            "pytest-xdist~=3.8",
            "ruff~=0.17.6",
            "setuptools>=77",
            "vulture~=2.16",
            "xlwt~=1.3",
            "build~=1.6",
        ],
    },
    entry_points={
        "console_scripts": ["youthpilot = youthpilot.core.cli:main"],
        "youthpilot.plugins": [
            "study = youthpilot.plugins.study",
            "loans = youthpilot.plugins.loans",
            "chamber = youthpilot.plugins.chamber",
            "volunteers = youthpilot.plugins.volunteers",
            "reform = youthpilot.plugins.reform",
            "ledger = youthpilot.plugins.ledger",
        ],
    },
)
