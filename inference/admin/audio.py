"""Audio files, and the one address under which staff hear them."""

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.translation import gettext as _

from inference.admin.base import NOTHING, ReadOnlyAdmin, player, row_link, seconds
from inference.models import AudioFile
from inference.services import media


@admin.register(AudioFile)
class AudioFileAdmin(ReadOnlyAdmin):
    """Facts of stored sound. Raw files are kept and played to nobody."""

    list_display = ("id", "kind", "length", "media_type", "sample_rate", "channels", "loudness", "created_at")
    list_filter = ("kind", "media_type", "normaliser_version", "target_lufs", "created_at")
    search_fields = ("=sha256", "=storage_key")
    search_help_text = "SHA-256 or storage key, in full"
    ordering = ("-id",)
    shown = ("listen", "source", "made")
    hidden = ("made_from",)

    def get_urls(self) -> list[URLPattern]:
        """Add the player's address."""
        play = self.admin_site.admin_view(self.play, cacheable=True)
        return [path("<int:pk>/play/", play, name="inference_audiofile_play"), *super().get_urls()]

    def play(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer with the bytes of a playback file; a raw one is not found."""
        audio = get_object_or_404(AudioFile, pk=pk, kind=AudioFile.Kind.PLAYBACK)
        try:
            content = media.read(audio)
        except OSError as error:
            raise Http404(_("The store does not have this file now.")) from error
        return HttpResponse(
            content, content_type=audio.media_type, headers={"Cache-Control": "private, max-age=3600"}
        )

    @admin.display(description="length", ordering="duration_ms")
    def length(self, audio: AudioFile) -> str:
        """Seconds."""
        return seconds(audio.duration_ms)

    @admin.display(description="loudness", ordering="loudness_lufs")
    def loudness(self, audio: AudioFile) -> str:
        """What the normaliser measured."""
        return NOTHING if audio.loudness_lufs is None else f"{audio.loudness_lufs:.1f} LUFS"

    @admin.display(description="listen")
    def listen(self, audio: AudioFile) -> str:
        """A player, for playback files alone."""
        if audio.kind == AudioFile.Kind.RAW:
            return _("A raw file is kept as it came and played to nobody.")
        return player(audio)

    @admin.display(description="made from")
    def source(self, audio: AudioFile) -> str:
        """The raw file."""
        return row_link(audio.made_from)

    @admin.display(description="playback files")
    def made(self, audio: AudioFile) -> str:
        """What was made from this raw file."""
        made = audio.playbacks.order_by("pk")
        return format_html_join(", ", "{}", ((row_link(playback),) for playback in made)) or NOTHING
