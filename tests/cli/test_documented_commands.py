"""Every command line that a document gives is run, as it stands, on the embedded sample."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.make_docs import (
    COLUMNS,
    REFERENCES,
    ROOT,
    STUDIES,
    arguments_of,
    blocks,
    columns,
    command_lines,
    command_of,
    documents,
    missing,
    reference,
    run_here,
)
from docs.study_keys import study_keys
from engine.cli import COMMANDS as TABLE
from engine.studies.schemas import schema_of

DOCUMENTS = {str(path.relative_to(ROOT)): path for path in documents() if path.exists()}
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in DOCUMENTS.items()}
# Those whose output a document shows are run where it is compared.
SHOWN = {
    command for text in TEXTS.values() for block in blocks(text) if block.shown for command in block.commands
}
TYPED = {
    command: name for name, text in TEXTS.items() for command in command_lines(text) if command not in SHOWN
}
FASTER = {
    "bootstrap": ["--paths", "100", "--years", "5"],
    "withdraw": ["--futures", "60"],
}  # as many as it takes to run, not to conclude
# What cannot be run here, and why. Each entry: how the command line begins, or a word in it.
NOT_RUN = {
    "configs/my_plan.yaml": "the plan that the reader has just written",
    "backtest serve": "goes on until Ctrl-C; see test_serve_command.py",
    "backtest data fetch": "needs the network",
    "backtest data show": "needs a cache that the network has filled",
    "backtest holdings": "needs a list of the reader's own",
    "backtest data import": "needs a file of the reader's own",
    "--open": "opens a browser",
    "--data yahoo": "needs the network",
    "csv:": "needs prices of the reader's own",
    "verify prices/": "needs prices of the reader's own",
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setenv("BACKTEST_OFFLINE", "1")
        patch.setenv("BACKTEST_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield tmp_path_factory.mktemp("results")


@pytest.mark.parametrize("command", TYPED)
def test_a_documented_command_runs(command: str, results: Path) -> None:
    reason = next((why for what, why in NOT_RUN.items() if what in command), None)
    if reason is not None:
        pytest.skip(reason)
    if command.split()[1] in missing():
        pytest.skip(f"this version has no {command.split()[1]}")
    read = re.findall(r"results/([\w-]+)", command)
    read += re.findall(r" ([\w-]+)(?= |$)", command) if "audit" in command else []
    for name in read:
        if (ROOT / f"configs/{name}.yaml").exists() and not (results / name).exists():
            made = ["run", f"configs/{name}.yaml", "--data", "sample", "--out", str(results), "--quiet"]
            run_here(made, "en")
    lang = "ja" if TYPED[command].endswith(".ja.md") else "en"
    words = arguments_of(command, results)
    code, printed, error = run_here([*words, *FASTER.get(words[0], [])], lang)
    assert code == 0, f"{TYPED[command]}: {command}: {error}"
    assert printed.strip(), f"{TYPED[command]}: {command} said nothing"


@pytest.mark.parametrize("name", [name for name, text in TEXTS.items() if "```python\n" in text])
def test_a_documented_script_runs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for script in re.findall(r"```python\n(.*?)^```$", TEXTS[name], flags=re.DOTALL | re.MULTILINE):
        exec(compile(script, name, "exec"), {})


def test_the_list_of_what_is_not_run_is_not_longer_than_it_must_be() -> None:
    assert all(any(what in command for command in TYPED) for what in NOT_RUN)


@pytest.mark.parametrize("lang", REFERENCES)
def test_the_reference_is_what_the_commands_say(lang: str) -> None:
    assert REFERENCES[lang].read_text("utf-8") == reference(lang), "make docs"


@pytest.mark.parametrize("lang", COLUMNS)
def test_the_dictionary_of_columns_is_what_the_program_says(lang: str) -> None:
    assert COLUMNS[lang].read_text("utf-8") == columns(lang), "make docs"


@pytest.mark.parametrize("lang", STUDIES)
def test_every_key_of_a_study_is_documented(lang: str) -> None:
    text = STUDIES[lang].read_text("utf-8")
    assert text == study_keys(lang), "make docs"
    for kind in ("sweep", "windows", "claims"):
        schema = schema_of(kind)
        for part in (schema, *schema["$defs"].values()):
            for key in part["properties"]:
                assert key == "type" or re.search(rf"^\| `(?:\w+\.)*{key}` \| \S", text, re.MULTILINE), key


def test_every_command_is_in_the_readme_and_its_help_gives_an_example() -> None:
    texts = "".join(TEXTS.values())
    for name in TABLE:
        assert f"backtest {name}" in texts
        if name not in (*missing(), "data", "schema"):
            assert f"backtest {name}" in " ".join(command_of([name]).examples), name


def test_links_between_documents_lead_somewhere() -> None:
    for name, path in DOCUMENTS.items():
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", TEXTS[name]):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_files_and_targets_that_documents_name_are_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for name, text in {**TEXTS, "SECURITY.md": (ROOT / "SECURITY.md").read_text(encoding="utf-8")}.items():
        for path in re.findall(r"`((?:tests|engine|strategies|docs|benchmarks)/[\w/.-]*)`", text):
            assert (ROOT / path).exists(), f"{name}: {path}"
        assert set(re.findall(r"`make ([a-z-]+)`", text)) <= targets, name


def test_documents_name_no_machine_and_no_registry() -> None:
    for name, path in DOCUMENTS.items():
        text = TEXTS[name]
        assert not re.search(r"(?<![\w.])/(?:home|root|tmp|Users)/", text), path


def test_the_index_has_every_document() -> None:
    index = TEXTS["docs/README.md"]
    for name in TEXTS:
        assert Path(name).name in index, f"{name}: add a row to docs/README.md"
