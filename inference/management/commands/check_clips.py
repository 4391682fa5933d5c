"""`manage.py check_clips`: are served files of one form, at their loudness, and changed by gain alone?"""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from inference.audio import served
from inference.audio.ingest import decode
from inference.models import AudioFile
from inference.services import media


class Command(BaseCommand):
    """Measure playback files beside their sources, the newest first; what is wrong is listed, and fails."""

    help = (
        "Measure the playback files: form, loudness, peak, silence, and that only gain was changed (X2, Y8)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how many."""
        parser.add_argument("--clips", type=int, default=1000, help="how many, the newest first")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the extremes."""
        files = AudioFile.objects.filter(kind=AudioFile.Kind.PLAYBACK).select_related("made_from")
        measures, forms, wrong = [], Counter[Any](), 0
        for file in files.order_by("-pk")[: options["clips"]].iterator():
            if file.made_from is None or file.target_lufs is None:
                continue
            found = served.measure(media.read(file), source=decode(media.read(file.made_from)))
            measures.append(
                (abs(found.loudness_lufs - file.target_lufs), found.true_peak_dbtp, found.correlation)
            )
            forms[found.form, found.blocks] += 1
            if problems := found.problems(target_lufs=file.target_lufs):
                wrong += 1
                self.stderr.write(f"file {file.pk}: {', '.join(problems)}")
        if measures:
            away, peak, correlation = np.array(measures).T
            self.stdout.write(
                f"{len(measures)} clips, {len(forms)} form(s); at most {away.max():.3f} LU from the target, "
                f"peak at most {peak.max():.2f} dBTP, correlation at least {correlation.min():.6f}."
            )
        if wrong or len(forms) > 1:
            raise CommandError(f"{wrong} clips are not as they have to be; {len(forms)} forms.")
