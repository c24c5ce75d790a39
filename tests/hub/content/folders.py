"""Small content folders for tests, and what a database holds after loading them."""

from pathlib import Path
from typing import Any

from hub.catalogue import KINDS
from hub.loading import LoadReport, load_folder
from hub.records import Record, Select, columns_of, fetch_records, fetch_records_by

TOWN = """
- slug: panhuo
  name: 潘火街道
  kind: subdistrict
  location: {latitude: 29.8, longitude: 121.6}
"""
AMENITIES = """
- {code: wifi, label: Wi-Fi, icon: wifi}
- {code: water, label: 饮水, icon: glass}
"""
MERCHANT = """
- slug: noodles
  name: 老街面馆
  address: 潘火路 1 号
  town: panhuo
  location: {latitude: 29.8, longitude: 121.6}
  category: restaurant
  amenities: [wifi, water]
  photos:
    - {url: /media/a.jpg, alt: 门口}
    - {url: /media/b.jpg, alt: 店内}
  hours:
    weekly:
      - {days: [mon, tue, wed, thu, fri], opens: "09:00", closes: "21:00"}
      - {days: [sat], opens: "18:00", closes: "02:00"}
    holidays: closed
    exceptions:
      - {from: 2026-02-16, until: 2026-02-23, closed: true, note: 春节}
"""
COURSE = """
- slug: first-aid
  title: 急救入门
  level: beginner
  delivery: on_site
  body: |
    ## 学什么

    - 心肺复苏
  topics: [health]
  sessions:
    - {slug: one, title: 第一期, place: noodles, starts_at: 2026-03-01T09:00:00+08:00,
       ends_at: 2026-03-01T11:00:00+08:00}
    - {slug: two, title: 第二期, starts_at: 2026-04-01T09:00:00+08:00,
       ends_at: 2026-04-01T11:00:00+08:00, venue_name: 礼堂, address: 人民路 1 号}
"""
LESSONS = """
- {slug: l1, course: first-aid, kind: video, title: 一, duration_seconds: 600, free_preview: true}
- {slug: l2, course: first-aid, kind: quiz, title: 二, duration_seconds: 60}
- {slug: l3, course: first-aid, kind: quiz, title: 三, duration_seconds: 60}
"""
SMALL = {
    "towns": TOWN,
    "amenities": AMENITIES,
    "merchants": MERCHANT,
    "topics": "- {slug: health, label: 健康}\n",
    "courses": COURSE,
    "lessons": LESSONS,
}


def write(folder: Path, **files: str) -> Path:
    """A folder with these files, by kind; files that were there go."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for kind, text in files.items():
        (folder / f"{kind}.yaml").write_text(text, encoding="utf-8")
    return folder


async def load(folder: Path, **files: str) -> LoadReport:
    """Load these files."""
    return await load_folder(write(folder, **files))


async def one(model: Any, slug: str) -> Record:
    """The row with this slug."""
    [record] = await fetch_records_by(Select(model), [slug], column="slug")
    return record


async def contents() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that content lives in, whole, in the order of its ids."""
    models = {kind.model for kind in KINDS} | {part.model for kind in KINDS for part in kind.parts}
    found = {}
    for model in models:
        rows = await fetch_records(Select(model))
        values = [tuple(getattr(row, column) for column in columns_of(model)) for row in rows]
        found[model.__name__] = sorted(values, key=lambda row: str(row[0]))
    return found
