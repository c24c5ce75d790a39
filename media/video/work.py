"""`python -m media.video.work`: one film or recording, in a process of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from media.apart import Say, serve_one


def work(job: Mapping[str, Any], say: Say) -> Mapping[str, Any]:
    """Look into a file and, where the job names a folder, make there what it is played from."""
    import av  # after the process has bound itself to its limits

    from media.video.facts import film_facts, recording_facts
    from media.video.filming import make_film
    from media.video.posters import make_poster
    from media.video.recording import make_recording

    av.logging.set_level(None)
    path, media_type = Path(job["path"]), job["media_type"]
    is_film = media_type.startswith("video/")
    facts = (film_facts if is_film else recording_facts)(path, media_type)
    if job.get("folder"):
        folder = Path(job["folder"])
        if is_film:
            make_poster(path, media_type=media_type, facts=facts, folder=folder)
            hls = folder / "hls"
            hls.mkdir(exist_ok=True)
            make_film(path, media_type=media_type, facts=facts, folder=hls, say=say)
        else:
            make_recording(path, media_type=media_type, facts=facts, folder=folder, say=say)
    return facts.as_json()


if __name__ == "__main__":
    serve_one(work)
