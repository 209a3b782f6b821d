"""Every link of README.md, CONTRIBUTING.md and docs/ that names a file of this tree leads to one."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def broken(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if "://" not in target and not (page.parent / target).exists():
            yield f"{page.relative_to(ROOT)}: {target}"


def main():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    found = [line for page in pages for line in broken(page)]
    print("\n".join(found) or f"{len(pages)} pages, every link leads somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
