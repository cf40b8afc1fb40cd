"""Execute every notebook of ``notebooks/`` and keep, or check, what it shows.

A notebook is written as ``name.py`` (jupytext, percent format) and committed with its executed copy
``name.ipynb``. ``--check`` executes without writing and fails where source or text differs from that copy;
pictures, times and identifiers are not compared.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
SUFFIXES = (".py", ".ipynb")
CELL_TIMEOUT_S = 600

os.environ.update(
    JUPYTER_PLATFORM_DIRS="1",
    MLFLOW_DISABLE_TELEMETRY="true",
    MPLBACKEND="module://matplotlib_inline.backend_inline",
    PYTHONHASHSEED="0",
)


def execute(source):
    """Return the executed notebook, with nothing in it of the machine or the moment."""
    import jupytext
    from nbclient import NotebookClient
    from traitlets.config import Config

    notebook = jupytext.read(source)
    with tempfile.TemporaryDirectory() as sockets:
        os.environ["IPYTHONDIR"] = sockets  # nobody's own profile has a say, and no home folder is needed
        # sockets in a folder rather than on the network, where others could read along
        local = {"transport": "ipc", "ip": f"{sockets}/kernel"} if os.name == "posix" else {}
        NotebookClient(
            notebook,
            config=Config(KernelManager=local),
            kernel_name="python3",
            timeout=CELL_TIMEOUT_S,
            record_timing=False,
            resources={"metadata": {"path": str(ROOT)}},
        ).execute()
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
        cell.metadata.pop("lines_to_next_cell", None)
        if cell.cell_type != "code":
            continue
        cell.outputs = merge_streams(cell.outputs)
        for output in cell.outputs:
            output.update({key: scrub(value) for key, value in output.items() if key in ("text", "data")})
    return notebook


def merge_streams(outputs):
    """Join pieces of one stream, whose borders depend on timing."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def scrub(value):
    """Replace the machine's own paths, object addresses and kernel files in text outputs."""
    if isinstance(value, dict):
        # a picture is one word of a hundred thousand letters: nothing to find in it, and long to look
        return {kind: text if kind.startswith("image/") else scrub(text) for kind, text in value.items()}
    if not isinstance(value, str):
        return value
    value = value.replace(sys.prefix, ".venv").replace(f"{ROOT}{os.sep}", "").replace(str(ROOT), ".")
    value = value.replace(str(Path.home()), "~") if len(str(Path.home())) > 1 else value
    value = re.sub(r"\S*ipykernel_\d+\S*?\.py", "<notebook>", value)
    return re.sub(r"\b0x[0-9a-f]{6,}\b", "0x...", value)


def shown(notebook):
    """Return the lines that a reader sees: source and text outputs, without pictures."""
    lines = []
    for number, cell in enumerate(notebook.cells):
        lines += [f"[{number}] {cell.cell_type}", *cell.source.splitlines()]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            texts = [output.get("text", "")]
            if not any(kind.startswith("image/") for kind in data):
                texts += [text for kind, text in sorted(data.items()) if kind.startswith("text/")]
            lines += ["> " + line for text in texts for line in text.splitlines()]
    return lines


def differences(notebook, copy):
    """Return a unified diff of what the committed copy shows and what was executed, by line."""
    import nbformat

    if not copy.exists():
        return [f"{copy.relative_to(ROOT)} is missing"]
    committed = nbformat.read(copy, as_version=4)
    names = (f"{copy.name} (committed)", f"{copy.name} (executed)")
    return list(difflib.unified_diff(shown(committed), shown(notebook), *names, lineterm="", n=1))


def write(notebook, copy):
    """Write the executed copy in one step."""
    import nbformat

    temporary = copy.with_suffix(".ipynb.new")
    nbformat.write(notebook, temporary)
    temporary.replace(copy)


def main():
    """Execute or check all notebooks, or those named; return the exit code."""
    parser = argparse.ArgumentParser(description="Execute the notebooks and keep, or check, what they show.")
    parser.add_argument("names", nargs="*", help="names without ending (default: all)")
    parser.add_argument("--check", action="store_true", help="compare with the committed copies")
    options = parser.parse_args()
    stems = options.names or sorted({file.stem for file in NOTEBOOKS.glob("*") if file.suffix in SUFFIXES})
    failed = False
    for stem in stems:
        source, copy = (NOTEBOOKS / f"{stem}{suffix}" for suffix in SUFFIXES)
        if not source.exists():
            print(f"{source.relative_to(ROOT)} is missing", file=sys.stderr)
            failed = True
            continue
        notebook = execute(source)
        if not options.check:
            write(notebook, copy)
            print(f"{stem}: executed")
        elif changed := differences(notebook, copy):
            print(f"{stem}: differs from its committed copy; fix it, or make notebooks", *changed, sep="\n")
            failed = True
        else:
            print(f"{stem}: as committed")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
